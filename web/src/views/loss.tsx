import { useRef, useState } from "preact/hooks";
import { computed } from "@preact/signals";
import { server } from "../api/client";
import { Lines } from "../components/lines";
import type { Line } from "../components/lines";
import { Panel } from "../components/panel";
import type { Kept } from "../draw/save";
import { smooth } from "../state/history";
import type { Points } from "../state/history";
import { attempt, heldOut, identity, losses, refreshRuns, runs, trainable } from "../state/lab";
import { logLoss, smoothing } from "../state/view";

const TONES = ["run-1", "run-2", "run-3", "run-4"];
interface Overlay { run: string; points: Points }

/** Loss of train and dev while it trains; earlier runs laid over it. */
export function Loss() {
  const [overlays, setOverlays] = useState<Overlay[]>([]);
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
  const lay = async (run: string) => {
    if (overlays.some((o) => o.run === run)) return setOverlays(overlays.filter((o) => o.run !== run));
    const found = await attempt(() => server.series(run, "loss"));
    if (found) setOverlays([...overlays, { run, points: { x: found.points.map((p) => p[0]), y: found.points.map((p) => p[1]) } }]);
  };
  const others = runs.value.filter((r) => r.name !== identity.value && r.step > 0).slice(0, 30);
  const kept: Kept = {
    name: `${identity.value}-loss`,
    table: () => [["run", "series", "step", "loss"], ...all.flatMap((l, i) => Array.from(l.x, (x, j) => [i < 2 ? identity.value : l.name, i < 2 ? l.name : "train", x, (i === 0 ? train.y[j] : l.y[j]) ?? null]))],
  };
  return (
    <Panel
      title="Loss" class="loss" kept={kept}
      tools={
        <>
          <label class="small">smooth <input type="range" min="0" max="0.99" step="0.01" value={smoothing.value} onInput={(e) => { smoothing.value = Number(e.currentTarget.value); }} /></label>
          <label class="small"><input type="checkbox" checked={logLoss.value} onChange={(e) => { logLoss.value = e.currentTarget.checked; }} /> log</label>
          {others.length > 0 && (
            <details class="menu" onToggle={(e) => { if (e.currentTarget.open) void refreshRuns(); }}>
              <summary>Compare</summary>
              <div class="items">
                {others.map((r) => (
                  <label key={r.name}><input type="checkbox" checked={overlays.some((o) => o.run === r.name)} onChange={() => void lay(r.name)} /> {r.name}</label>
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
