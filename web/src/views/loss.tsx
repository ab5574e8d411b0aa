import { useEffect, useRef, useState } from "preact/hooks";
import { computed, signal } from "@preact/signals";
import { server } from "../api/client";
import { Lines } from "../components/lines";
import type { Line } from "../components/lines";
import { Panel } from "../components/panel";
import type { Kept } from "../draw/save";
import { smooth } from "../state/history";
import type { Points } from "../state/history";
import type { Evaluated } from "../api/types";
import { AtStep } from "../components/at-step";
import { loss } from "../draw/number";
import { attempt, client, dataName, heldOut, identity, losses, refreshRuns, runs, task, trainable } from "../state/lab";
import { logLoss, overlays as wanted, smoothing } from "../state/view";

/** What each part of the data gave when it was asked for last. */
const measured = signal<{ of: string; parts: Evaluated[] } | null>(null);

async function measure(): Promise<void> {
  const now = client.peek();
  if (!now) return;
  const found: Evaluated[] = [];
  for (const part of ["train", "dev", "test"] as const) {
    if (task.peek() && task.peek()?.sizes[part] === 0) continue;
    const one = await attempt(() => now.evaluate(part));
    if (!one) return;
    found.push(one);
    measured.value = { of: now.id, parts: [...found] };
  }
}

function Measured() {
  const now = measured.value;
  if (!now || now.of !== identity.value) return null;
  return (
    <span data-testid="evaluated">
      {now.parts.map((one) => <span key={one.split}>{one.split} <b>{loss(one.loss)}</b> {one.step !== now.parts[0]?.step && <AtStep step={one.step} />}</span>)} <AtStep step={now.parts[0]?.step} />
    </span>
  );
}

const TONES = ["run-1", "run-2", "run-3", "run-4"];
interface Overlay { run: string; points: Points }

/** Loss of train and dev while it trains; earlier runs laid over it. */
export function Loss() {
  const [read, setRead] = useState<readonly Overlay[]>([]);
  const overlays = wanted.value.flatMap((run) => read.filter((o) => o.run === run));
  useEffect(() => {
    for (const run of wanted.value) {
      if (read.some((o) => o.run === run)) continue;
      // A link may name a run that is not here any more.
      attempt(() => server.series(run, "loss")).then((found) => {
        if (!found) wanted.value = wanted.peek().filter((name) => name !== run);
        else setRead((old) => [...old.filter((o) => o.run !== run), { run, points: { x: found.points.map((p) => p[0]), y: found.points.map((p) => p[1]) } }]);
      }, () => undefined);
    }
  }, [wanted.value]);
  const { train, dev } = losses.value;
  const lines = useRef(computed<Line[]>(() => {
    const { train, dev } = losses.value;
    return [
      { name: "train", x: train.x, y: smooth(train.y, smoothing.value), tone: "blue", points: train.x.length < 3 },
      { name: heldOut.value, x: dev.x, y: dev.y, tone: "orange", width: 2, points: dev.x.length < 40 },
    ];
  }));
  const all: Line[] = [
    ...lines.current.value,
    ...overlays.map((o, i): Line => ({ name: o.run, x: o.points.x, y: smooth(o.points.y, smoothing.value), tone: TONES[i % TONES.length] ?? "run-1", dash: [5, 4] })),
  ];
  const lay = (run: string) => {
    wanted.value = wanted.value.includes(run) ? wanted.value.filter((name) => name !== run) : [...wanted.value, run];
  };
  // Losses on other data are no measure of this one's. The newest first: those one has just made.
  const others = runs.value.filter((r) => r.name !== identity.value && r.step > 0 && r.data === dataName.value).reverse().slice(0, 30);
  const kept: Kept = {
    name: `${identity.value}-loss`,
    table: () => [["run", "series", "step", "loss"], ...all.flatMap((l, i) => Array.from(l.x, (x, j) => [i < 2 ? identity.value : l.name, i < 2 ? l.name : "train", x, (i === 0 ? train.y[j] : l.y[j]) ?? null]))],
  };
  return (
    <Panel
      title="Loss" class="loss" kept={kept}
      note={<Measured />}
      tools={
        <>
          <button type="button" onClick={() => void measure()} title="The loss of each part of the data, now">Evaluate</button>
          <label class="small">smooth <input type="range" min="0" max="0.99" step="0.01" value={smoothing.value} onInput={(e) => { smoothing.value = Number(e.currentTarget.value); }} /></label>
          <label class="small"><input type="checkbox" checked={logLoss.value} onChange={(e) => { logLoss.value = e.currentTarget.checked; }} /> log</label>
          {others.length > 0 && (
            <details class="menu" onToggle={(e) => { if (e.currentTarget.open) void refreshRuns(); }}>
              <summary>Compare</summary>
              <div class="items">
                {others.map((r) => (
                  <label key={r.name}><input type="checkbox" checked={wanted.value.includes(r.name)} onChange={() => lay(r.name)} /> {r.name}</label>
                ))}
              </div>
            </details>
          )}
        </>
      }
    >
      {train.x.length + dev.x.length + overlays.length > 0
        ? <Lines lines={all} label="Loss by step" log={logLoss.value} />
        : <p class="quiet centred">{trainable.value || identity.value === null ? "Press Play: the loss falls as the network learns." : "This model was made by counting: there is nothing to train. Ask it for samples, or for the next letter."}</p>}
    </Panel>
  );
}
