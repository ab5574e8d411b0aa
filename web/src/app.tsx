import { connected, identity, language, notice, session, status, views } from "./state/lab";
import { folded, view } from "./state/view";
import type { View } from "./state/view";
import { Rail } from "./views/rail";
import { Transport } from "./views/transport";
import { Loss } from "./views/loss";
import { Samples } from "./views/samples";
import { Accuracy } from "./views/classes/accuracy";
import { Examples } from "./views/classes";
import { Timeline } from "./views/timeline";
import { Inspector } from "./views/inspector";
import { NetworkView } from "./views/network";
import { NextLetter } from "./views/next-letter";
import { Edits } from "./views/edits";
import { SlowStep } from "./views/slow-step";
import { LetterGraphView } from "./views/letter-graph";
import { Inside } from "./views/inside";
import { Diagnostics } from "./views/diagnostics";
import { Precision } from "./views/precision";
import { ScalarView } from "./views/scalar";
import { Head } from "./views/head";
import { useEffect, useRef } from "preact/hooks";

const SHOWN: Record<View, () => preact.JSX.Element> = {
  network: NetworkView,
  next: NextLetter,
  classes: Examples,
  edits: Edits,
  slow: SlowStep,
  letters: LetterGraphView,
  inside: Inside,
  diagnostics: Diagnostics,
  precision: Precision,
  scalar: ScalarView,
};

export function App() {
  return (
    <div class={folded.value ? "lab folded" : "lab"}>
      <a class="skip" href="#centre">Skip to the network</a>
      <Head />
      <Transport />
      <Notices />
      <aside class="rail" aria-label="Recipe" tabIndex={0}><Rail /></aside>
      <Centre />
      <aside class="right" aria-label="Inspector" tabIndex={0}><Inspector /></aside>
      <footer class="bottom" aria-label="Training">
        {!folded.value && <Loss />}
        {!folded.value && (language.value || identity.value === null ? <Samples /> : <Accuracy />)}
        <Timeline />
      </footer>
    </div>
  );
}

/** What must not be overlooked: something refused, numbers that are none, a server that is gone. */
function Notices() {
  const stopped = status.value === "diverged" ? session.value?.message : null;
  // Why it pauses or has ended without having been told to.
  const left = status.value === "paused" || status.value === "finished" ? session.value?.message : null;
  return (
    <div class="notices" aria-live="polite">
      {!connected.value && <p class="warning">The server does not answer. The page goes on as soon as <code>gradus serve</code> runs again.</p>}
      {left && <p class="warning">{left}</p>}
      {stopped && <p class="warning"><b>Stopped.</b> {stopped}</p>}
      {notice.value && (
        <p class="warning">
          {notice.value} <button type="button" class="plain" onClick={() => { notice.value = null; }}>Close</button>
        </p>
      )}
    </div>
  );
}

function Centre() {
  const tabs = useRef<HTMLDivElement>(null);
  const offered = views.value;
  // A view that the model does not have: what there is in its place.
  const now = offered.some(([id]) => id === view.value) ? view.value : identity.value === null ? view.value : language.value ? "network" : "classes";
  useEffect(() => { if (identity.value !== null && view.value !== now) view.value = now; }, [now, view.value]);
  const Shown = SHOWN[now];
  // On a narrow screen not all tabs are in sight; the page itself is not moved.
  useEffect(() => {
    const bar = tabs.current;
    const tab = bar?.querySelector<HTMLElement>("[aria-selected=true]");
    if (bar && tab) bar.scrollLeft = tab.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
  }, [view.value]);
  const keys = (event: KeyboardEvent) => {
    const at = offered.findIndex(([id]) => id === view.value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: offered.length - 1 }[event.key];
    if (to === undefined) return;
    const next = offered[(to + offered.length) % offered.length];
    if (!next) return;
    view.value = next[0];
    tabs.current?.querySelector<HTMLElement>(`#tab-${next[0]}`)?.focus();
    event.preventDefault();
  };
  return (
    <main id="centre" class="centre">
      <div class="tabs" role="tablist" aria-label="Views" ref={tabs} onKeyDown={keys}>
        {offered.map(([id, name]) => (
          <button
            type="button" role="tab" id={`tab-${id}`} key={id} aria-selected={now === id} aria-controls="shown"
            tabIndex={now === id ? 0 : -1} onClick={() => { view.value = id; }}
          >{name}</button>
        ))}
      </div>
      <div id="shown" class="shown" role="tabpanel" aria-labelledby={`tab-${now}`} tabIndex={0}>
        {identity.value !== null ? <Shown /> : <p class="quiet">Opening the laboratory…</p>}
      </div>
    </main>
  );
}
