import { scaleLinear } from "d3-scale";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Landscape } from "../../api/types";
import { Legend } from "../../components/heatmap";
import { AtStep } from "../../components/at-step";
import { Panel } from "../../components/panel";
import { cssClass, mark, ofClass } from "../../draw/classes";
import { css, dark, extent } from "../../draw/colour";
import { draw, forget } from "../../draw/loop";
import { brief, percent } from "../../draw/number";
import { certainty, likeliest } from "../../draw/shares";
import { identity, task } from "../../state/lab";
import { usePolled } from "../../state/polled";
import { axes, example } from "../../state/view";

const WIDTH = 560;
const HEIGHT = 440;
const EDGE = { left: 50, right: 10, top: 8, bottom: 40 };

/** What the model decides everywhere over two measurements, with the examples where they lie. */
export function LandscapeView() {
  const chosen = axes.value;
  const seen = usePolled((c) => c.landscape(chosen?.[0], chosen?.[1]), `landscape ${chosen?.join()}`, { everyMs: 250 }).value;
  const now = seen.answer;
  const features = task.value?.features ?? [];
  if (seen.problem) return <p class="quiet">{seen.problem}</p>;
  if (!now) return <p class="quiet">Surveying…</p>;
  const name = (i: number) => features[i] ?? `feature ${i}`;
  const pick = (which: 0 | 1) => (
    <label class="small">{which === 0 ? "across" : "upward"}{" "}
      <select
        value={(chosen ?? now.features)[which]} onChange={(e) => {
          const to = Number(e.currentTarget.value);
          // What was chosen counts, even before its answer is there.
          const plane = axes.peek() ?? now.features;
          const other = plane[which === 0 ? 1 : 0];
          // Two that are the same change places.
          const rest = to === other ? plane[which] : other;
          axes.value = which === 0 ? [to, rest] : [rest, to];
        }}
      >{features.map((_, i) => <option key={i} value={i}>{name(i)}</option>)}</select>
    </label>
  );
  return (
    <Panel
      title={now.values ? "What it says" : "Decision landscape"}
      note={<><AtStep step={now.step} /> {now.values ? "blue below 0, orange above; examples in the colour that was wanted" : "the paler, the less certain; a ring: taken for another class"}</>}
      tools={features.length > 2 && <>{pick(0)}{pick(1)}</>}
      kept={{
        name: `${identity.value}-landscape`,
        table: () => [
          [now.names[0], now.names[1], ...now.classes],
          ...now.probabilities.map((p, i) => [...middle(now, i), ...p]),
        ],
      }}
    >
      <Plane now={now} />
      {now.held.length > 0 && <p class="quiet">Held at their mean: {now.held.map(([n, v]) => `${n} ${brief(v)}`).join(", ")}.</p>}
    </Panel>
  );
}

/** The middle of a place as measured. */
function middle(now: Landscape, i: number): [number, number] {
  const rows = now.probabilities.length / now.columns;
  const at = ([low, high]: [number, number], k: number, n: number) => low + ((high - low) * (k + 0.5)) / n;
  return [at(now.x, i % now.columns, now.columns), at(now.y, Math.floor(i / now.columns), rows)];
}

function Plane({ now }: { now: Landscape }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [place, setPlace] = useState<number | null>(null);
  const [point, setPoint] = useState<number | null>(null);
  const theme = dark.value;
  const rows = now.probabilities.length / now.columns;
  const range = now.values ? extent([...now.probabilities.map((p) => p[0] ?? 0), ...now.points.map((p) => p.wanted?.[0] ?? 0)]) : 1;
  useEffect(() => {
    const job = () => {
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context) return;
      element.width = now.columns;
      element.height = rows;
      const image = context.createImageData(now.columns, rows);
      now.probabilities.forEach((p, i) => {
        // The places begin at the bottom, a picture at the top.
        const pixel = ((rows - 1 - Math.floor(i / now.columns)) * now.columns + (i % now.columns)) * 4;
        const colour = now.values ? (css(p[0] ?? NaN, range).match(/\d+/g) ?? []).map(Number) : ofClass(likeliest(p), 0.1 + 0.6 * certainty(p));
        image.data.set([...colour, 255], pixel);
      });
      context.putImageData(image, 0, 0);
    };
    draw(job);
    return () => forget(job);
  }, [now, theme]);

  const x = scaleLinear(now.x, [EDGE.left, WIDTH - EDGE.right]);
  const y = scaleLinear(now.y, [HEIGHT - EDGE.bottom, EDGE.top]);
  const toPlace = (column: number, row: number) => Math.max(0, Math.min(rows - 1, row)) * now.columns + Math.max(0, Math.min(now.columns - 1, column));
  const under = (event: PointerEvent): number | null => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box || event.clientX < box.left || event.clientX >= box.right || event.clientY < box.top || event.clientY >= box.bottom) return null;
    return toPlace(Math.floor(((event.clientX - box.left) / box.width) * now.columns), Math.floor(((box.bottom - event.clientY) / box.height) * rows));
  };
  const keys = (event: KeyboardEvent) => {
    const by = event.shiftKey ? 10 : 1;
    const move: Record<string, [number, number]> = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] };
    const step = move[event.key];
    if (event.key === "Escape") setPlace(null);
    if (!step) return;
    const here = place ?? toPlace(Math.floor(now.columns / 2), Math.floor(rows / 2));
    setPoint(null);
    setPlace(toPlace((here % now.columns) + step[0], Math.floor(here / now.columns) + step[1]));
    event.preventDefault();
  };
  const told = (p: readonly number[]) => (now.values ? `${brief(p[0])}` : p.map((share, i) => `${now.classes[i]} ${percent(share)}`).join(", "));
  const at = place === null ? null : middle(now, place);
  const dot = point === null ? undefined : now.points[point];
  const own = example.value;
  return (
    <>
      <div class="landscape" style={{ aspectRatio: `${WIDTH} / ${HEIGHT}` }}>
        <canvas
          ref={canvas} aria-hidden="true"
          style={{ left: `${(EDGE.left / WIDTH) * 100}%`, top: `${(EDGE.top / HEIGHT) * 100}%`, width: `${((WIDTH - EDGE.left - EDGE.right) / WIDTH) * 100}%`, height: `${((HEIGHT - EDGE.top - EDGE.bottom) / HEIGHT) * 100}%` }}
        />
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="application" aria-roledescription="landscape" tabindex={0} onKeyDown={keys}
          aria-label={`What the model decides over ${now.names[0]} and ${now.names[1]}, with ${now.points.length} examples. Arrow keys move from place to place.`}
          onPointerMove={(e) => setPlace(under(e))} onPointerLeave={() => { setPlace(null); setPoint(null); }}
        >
          {x.ticks(6).map((t) => <text key={`x${t}`} class="tick" x={x(t)} y={HEIGHT - EDGE.bottom + 13} text-anchor="middle">{brief(t)}</text>)}
          {y.ticks(6).map((t) => <text key={`y${t}`} class="tick" x={EDGE.left - 5} y={y(t) + 3} text-anchor="end">{brief(t)}</text>)}
          <text class="axis-name" x={(EDGE.left + WIDTH) / 2} y={HEIGHT - 8} text-anchor="middle">{now.names[0]}</text>
          <text class="axis-name" transform={`translate(12 ${HEIGHT / 2 - 10}) rotate(-90)`} text-anchor="middle">{now.names[1]}</text>
          {now.points.map((p, i) => (
            <g
              key={`${p.split} ${p.row}`} transform={`translate(${x(p.at[0]).toFixed(1)} ${y(p.at[1]).toFixed(1)})`} class="point" data-wrong={p.label !== null && p.class !== null && p.class !== p.label}
              onPointerEnter={() => setPoint(i)} onPointerLeave={() => setPoint(null)} onClick={() => { example.value = { split: p.split, row: p.row }; }}
            >
              {p.label !== null && p.class !== null && p.class !== p.label && <circle r="8" class="ring" />}
              {"split" in own && own.split === p.split && own.row === p.row && <circle r="10" class="own" />}
              <path d={mark(p.label ?? 0)} style={{ fill: p.label === null ? css(p.wanted?.[0] ?? 0, range) : cssClass(p.label) }} class={p.label === null ? "valued" : ""} />
            </g>
          ))}
          {at && <path class="cross" d={`M${x(at[0])} ${EDGE.top}V${HEIGHT - EDGE.bottom}M${EDGE.left} ${y(at[1])}H${WIDTH - EDGE.right}`} />}
        </svg>
      </div>
      {now.values ? <Legend range={range} /> : (
        <ul class="class-legend">{now.classes.map((c, i) => <li key={c}><svg viewBox="-6 -6 12 12" width="14" height="14" aria-hidden="true"><path d={mark(i)} style={{ fill: cssClass(i) }} /></svg> {c}</li>)}</ul>
      )}
      <p class="mono readline" aria-live="polite" data-testid="landscape-told">
        {dot
          ? <>example {dot.row} of {dot.split}{dot.label !== null && <>, which is <b>{now.classes[dot.label]}</b></>}{dot.wanted && <>, wanted {brief(dot.wanted[0])}</>}: {told(dot.probabilities)}</>
          : at && place !== null
            ? <>{now.names[0]} {brief(at[0])}, {now.names[1]} {brief(at[1])}: <b>{told(now.probabilities[place] ?? [])}</b></>
            : <span class="quiet">Point at a place or an example for {now.values ? "what it says" : "its probabilities"}; a click on an example looks into it.</span>}
      </p>
    </>
  );
}
