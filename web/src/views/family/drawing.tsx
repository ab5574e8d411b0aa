import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { SessionClient } from "../../api/client";
import type { Drawing } from "../../api/types";
import { Bars } from "../../components/bars";
import { Heatmap } from "../../components/heatmap";
import { Panel } from "../../components/panel";
import { extent } from "../../draw/colour";
import { client, identity, step, tell, version } from "../../state/lab";
import { latest } from "../../state/latest";

/** Draw a digit; see what the network takes it for, and what each layer makes of it. */
export function DrawingView({ size }: { size: number }) {
  const [pixels, setPixels] = useState<number[]>(() => new Array<number>(size * size).fill(0));
  const [seen, setSeen] = useState<Drawing | null>(null);
  const pen = useRef(false);
  const [at, setAt] = useState(Math.floor((size * size + size) / 2));
  const ask = useMemo(() => latest<{ one: SessionClient; pixels: number[] }, Drawing>(({ one, pixels }) => one.drawing(pixels), setSeen, tell), []);
  useEffect(() => {
    const one = client.value;
    if (one) ask({ one, pixels });
  }, [pixels, client.value, version.value, Math.floor(step.value / 200)]);
  /** A soft pen: full in its middle, half beside. */
  const ink = (cell: number, value: number) => setPixels((old) => {
    const next = [...old];
    const row = Math.floor(cell / size);
    const column = cell % size;
    for (const [dr, dc, by] of [[0, 0, 1], [0, 1, 0.5], [0, -1, 0.5], [1, 0, 0.5], [-1, 0, 0.5]] as const) {
      const r = row + dr;
      const c = column + dc;
      if (r < 0 || c < 0 || r >= size || c >= size) continue;
      const i = r * size + c;
      next[i] = value === 0 ? 0 : Math.max(next[i] ?? 0, by);
    }
    return next;
  });
  const cellOf = (event: PointerEvent): number | null => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * size);
    const row = Math.floor(((event.clientY - box.top) / box.height) * size);
    return row >= 0 && column >= 0 && row < size && column < size ? row * size + column : null;
  };
  const keys = (event: KeyboardEvent) => {
    const by: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -size, ArrowDown: size };
    const move = by[event.key];
    if (move !== undefined) {
      const next = at + move;
      if (next >= 0 && next < size * size) {
        setAt(next);
        if (event.shiftKey) ink(next, 1);
      }
    } else if (event.key === " ") ink(at, 1);
    else if (event.key === "Delete" || event.key === "Backspace") ink(at, 0);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div class="columns">
        <Panel title="Drawing pad" note={`${size} × ${size}`} tools={<button type="button" onClick={() => setPixels(new Array<number>(size * size).fill(0))}>Clear</button>} kept={{ name: `${identity.value}-drawing`, table: () => [["row", "column", "ink"], ...pixels.map((x, i) => [Math.floor(i / size), i % size, x])] }}>
          <div
            class="pad" tabIndex={0} role="application" aria-label="Drawing pad. Arrow keys move, space draws, Shift with an arrow draws a line, Delete takes ink away."
            onKeyDown={keys} onPointerDown={(e) => { pen.current = true; e.currentTarget.setPointerCapture(e.pointerId); const c = cellOf(e); if (c !== null) ink(c, e.shiftKey ? 0 : 1); }}
            onPointerMove={(e) => { if (!pen.current) return; const c = cellOf(e); if (c !== null) ink(c, e.shiftKey ? 0 : 1); }} onPointerUp={() => { pen.current = false; }}
          >
            <Heatmap still values={pixels} rows={size} columns={size} range={1} largest={24} tallest={320} label="What is drawn" />
            <i class="cursor" style={{ left: `${((at % size) / size) * 100}%`, top: `${(Math.floor(at / size) / size) * 100}%`, width: `${100 / size}%`, height: `${100 / size}%` }} />
          </div>
          <p class="quiet">Draw with the pointer; Shift takes ink away.</p>
        </Panel>
        <Panel title="What the network sees">
          {seen && <Bars names={seen.classes} probabilities={seen.probabilities} label="Probability of each class" />}
        </Panel>
      </div>
      {seen?.kernels.map((k) => <Pictures key={k.name} title={`Kernels: ${k.name}`} shape={k.shape} values={k.values} />)}
      {seen?.maps.map((m) => <Pictures key={m.name} title={`Feature maps: ${m.name}`} shape={m.shape} values={m.values} />)}
    </>
  );
}

/** A small picture for each of a stack of planes. */
function Pictures({ title, shape, values }: { title: string; shape: readonly number[]; values: readonly number[] }) {
  const rows = shape[shape.length - 2] ?? 1;
  const columns = shape[shape.length - 1] ?? 1;
  const plane = rows * columns;
  const planes = Math.min(64, Math.floor(values.length / plane));
  const range = extent(values);
  return (
    <Panel title={title} note={shape.join(" × ")} kept={{ name: title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"), table: () => [["plane", "row", "column", "number"], ...values.map((x, i) => [Math.floor(i / plane), Math.floor((i % plane) / columns), i % columns, x])] }}>
      <div class="head-list">
        {Array.from({ length: planes }, (_, i) => <div class="plane-picture" key={i}><Heatmap still values={values.slice(i * plane, (i + 1) * plane)} rows={rows} columns={columns} range={range} largest={12} tallest={84} label={`${title}, ${i}`} /></div>)}
      </div>
    </Panel>
  );
}
