import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Kept } from "../draw/save";
import { photograph } from "../draw/photograph";
import { saveCsv, savePng, saveSvg } from "../draw/save";

interface Props {
  title: string;
  /** A few words beside the title. */
  note?: ComponentChildren;
  kept?: Kept;
  /** What stands at the end of the title line. */
  tools?: ComponentChildren;
  class?: string;
  children?: ComponentChildren;
}

/** A titled part of the page; what it shows can be kept as a picture and as numbers. */
export function Panel({ title, note, kept, tools, class: name, children }: Props) {
  return (
    <section class={`panel ${name ?? ""}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note !== undefined && <span class="note">{note}</span>}
        <span class="grow" />
        {tools}
        {kept && <SaveMenu kept={kept} />}
      </header>
      {children}
    </section>
  );
}

/** A drawing of the page, not the sign on a button. */
const DRAWING = "svg[role]";

/** PNG, SVG where it is a drawing, and CSV. */
export function SaveMenu({ kept }: { kept: Kept }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [drawn, setDrawn] = useState(false);
  const shown = () => menu.current?.closest<HTMLElement>(".panel");
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  const item = (text: string, action: () => void) => (
    <button type="button" onClick={() => { action(); close(); }}>{text}</button>
  );
  return (
    <details
      class="menu"
      ref={menu}
      onToggle={() => setDrawn(shown()?.querySelector(DRAWING) != null)}
      onKeyDown={(e) => { if (e.key === "Escape") { close(); menu.current?.querySelector("summary")?.focus(); } }}
      onFocusOut={(e) => { if (!menu.current?.contains(e.relatedTarget as Node | null)) close(); }}
    >
      <summary aria-label={`Save ${kept.name}`} title="Save the picture or its numbers">
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M8 2v8m0 0 3.2-3.2M8 10 4.8 6.8M3 13.2h10" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" /></svg>
      </summary>
      <div class="items">
        {item("Picture (PNG)", () => { const panel = shown(); if (panel) void photograph(panel).then((picture) => savePng(kept.name, picture)); })}
        {drawn && item("Drawing (SVG)", () => { const drawing = shown()?.querySelector<SVGSVGElement>(DRAWING); if (drawing) saveSvg(kept.name, drawing); })}
        {item("Numbers (CSV)", () => saveCsv(kept))}
      </div>
    </details>
  );
}
