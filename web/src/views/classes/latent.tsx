import { extent as ends } from "d3-array";
import { scaleLinear } from "d3-scale";
import { useMemo, useState } from "preact/hooks";
import type { Part } from "../../api/types";
import { AtStep } from "../../components/at-step";
import { Panel } from "../../components/panel";
import { Grey } from "../../components/picture";
import { cssClass } from "../../draw/classes";
import { brief, finite, percent } from "../../draw/number";
import { parts } from "../../state/example";
import { attempt, client, identity, picture } from "../../state/lab";
import { latest } from "../../state/latest";
import { usePolled } from "../../state/polled";
import { example } from "../../state/view";
import { PartChoice } from "./confusion";

const WIDTH = 460;
const HEIGHT = 400;
const PAD = 26;
/** Examples drawn: more hide each other. */
const MOST = 600;

/** Where the examples lie in the narrow middle of an autoencoder, and what the decoder draws at any place of it. */
export function LatentView() {
  const [part, setPart] = useState<Part>(parts()[0] ?? "train");
  const seen = usePolled((c) => c.latent(part), `latent ${part}`, { everyMs: 700 }).value;
  const [drawn, setDrawn] = useState<{ place: [number, number]; values: number[] } | null>(null);
  const ask = useMemo(() => latest<[number, number], { values: number[] } | undefined>(
    (place) => attempt(async () => client.peek()?.decode(place)),
    (answer, place) => { if (answer) setDrawn({ place, values: answer.values }); },
    () => undefined,
  ), []);
  const now = seen.answer;
  const size = picture.value;
  if (seen.problem) return <p class="quiet">{seen.problem}</p>;
  if (!now) return <p class="quiet">Reading the middle…</p>;
  const placed = now.places.filter((p) => finite(p[0], p[1]));
  const [x0 = 0, x1 = 1] = ends(placed, (p) => p[0]) as [number, number];
  const [y0 = 0, y1 = 1] = ends(placed, (p) => p[1]) as [number, number];
  const x = scaleLinear([x0, x1], [PAD, WIDTH - PAD]);
  const y = scaleLinear([y0, y1], [HEIGHT - PAD, PAD]);
  const stride = Math.max(1, Math.ceil(now.places.length / MOST));
  const draws = now.dimensions === 2 && size !== null;
  const error = now.errors.reduce((a, b) => a + b, 0) / Math.max(1, now.errors.length);
  const go = (place: [number, number]) => { if (draws) ask(place); };
  const keys = (event: KeyboardEvent) => {
    const by = event.shiftKey ? 0.1 : 0.02;
    const move: Record<string, [number, number]> = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] };
    const step = move[event.key];
    if (!step) return;
    const at = drawn?.place ?? [(x0 + x1) / 2, (y0 + y1) / 2];
    go([at[0] + step[0] * (x1 - x0), at[1] + step[1] * (y1 - y0)]);
    event.preventDefault();
  };
  return (
    <Panel
      title="Latent plane"
      note={<><AtStep step={now.step} /> {now.name}: {now.dimensions} {now.dimensions === 1 ? "number" : "numbers"}{now.explained ? <> in two, {percent(now.explained[0])} and {percent(now.explained[1])} of the spread</> : ""} · mean squared error <b>{brief(error)}</b></>}
      tools={<PartChoice value={part} give={setPart} />}
      kept={{ name: `${identity.value}-latent`, table: () => [["example", "class", "x", "y", "mean squared error"], ...now.places.map((p, i) => [i, now.classes[now.labels[i] ?? -1] ?? null, p[0], p[1], now.errors[i] ?? null])] }}
    >
      <div class="latent">
        <svg
          class="scatter" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="application" aria-roledescription="plane" tabindex={0} onKeyDown={keys}
          aria-label={`${now.places.length} examples in the plane.${draws ? " The pointer, or the arrow keys, choose a place that the decoder draws." : ""}`}
          onPointerMove={(e) => { const box = e.currentTarget.getBoundingClientRect(); go([x.invert(((e.clientX - box.left) / box.width) * WIDTH), y.invert(((e.clientY - box.top) / box.height) * HEIGHT)]); }}
        >
          {x.ticks(5).map((t) => <g key={`x${t}`}><line x1={x(t)} x2={x(t)} y1="8" y2={HEIGHT - 16} /><text class="tick" x={x(t)} y={HEIGHT - 3} text-anchor="middle">{brief(t)}</text></g>)}
          {y.ticks(5).map((t) => <g key={`y${t}`}><line x1="8" x2={WIDTH - 4} y1={y(t)} y2={y(t)} /><text class="tick" x="2" y={y(t) - 2}>{brief(t)}</text></g>)}
          {now.places.map((p, i) => {
            if (i % stride !== 0 || !finite(p[0], p[1])) return null;
            const label = now.labels[i] ?? -1;
            return <text key={i} class="latent-dot" x={x(p[0])} y={y(p[1]) + 4} text-anchor="middle" style={{ fill: label >= 0 ? cssClass(label) : "var(--ink)" }} onClick={() => { example.value = { split: part, row: i }; }}>{label >= 0 ? (now.classes[label] ?? "").slice(0, 2) : "•"}</text>;
          })}
          {drawn && draws && <circle class="own" r="6" cx={x(drawn.place[0])} cy={y(drawn.place[1])} />}
        </svg>
        {draws && size && (
          <div class="decoded" aria-live="polite">
            {drawn
              ? <><Grey values={drawn.values} height={size[0]} width={size[1]} size={150} label={`What the decoder draws at ${brief(drawn.place[0])}, ${brief(drawn.place[1])}`} /><p class="mono readline">{brief(drawn.place[0])}, {brief(drawn.place[1])}</p></>
              : <p class="quiet">Move over the plane: the decoder draws what lies there.</p>}
          </div>
        )}
      </div>
    </Panel>
  );
}
