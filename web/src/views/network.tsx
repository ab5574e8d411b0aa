import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Heatmap } from "../components/heatmap";
import { AtStep } from "../components/at-step";
import { Panel } from "../components/panel";
import { extent } from "../draw/colour";
import { filled, grid } from "../draw/grid";
import { glyph } from "../draw/letters";
import { brief, loss, shape } from "../draw/number";
import { placeInWorker } from "../graph/ask";
import type { Placed } from "../graph/layout";
import type { NetworkValue } from "../api/types";
import { identity, language, statistics, vocabulary, words } from "../state/lab";
import { network, networkProblem, rows } from "../state/network";
import { useTensor } from "../state/tensor";
import { lookAt, selected, show } from "../state/view";
import { ContextField } from "./next-letter";

const BOX = { width: 138, height: 92 };
/** Models of more values than this are drawn with histograms alone. */
const PICTURES = 26;
/** Models of more values than this are drawn without their weights until someone asks for them. */
const MANY = 40;
/** A picture of a value takes this many rows and columns of it. */
const MOST = 48;

/** The model's named values as a graph. */
export function NetworkView() {
  const now = network.value;
  return (
    <div class="network">
      <div class="row">
        <LookAt />
        {lookAt.value === "context" && <div class="grow"><ContextField /></div>}
      </div>
      {networkProblem.value && <p class="warning" role="alert">{networkProblem.value}</p>}
      {now && <Graph />}
    </div>
  );
}

/** Which forward pass is looked at. */
export function LookAt() {
  return (
    <div class="field">
      <span>Values of</span>
      <div class="choice" role="group" aria-label="Which forward pass is looked at">
        <button type="button" aria-pressed={lookAt.value === "context"} onClick={() => { lookAt.value = "context"; }}>{language.value ? "one context" : words.value ? "one word" : "one example"}</button>
        <button type="button" aria-pressed={lookAt.value === "batch"} onClick={() => { lookAt.value = "batch"; }}>the next batch</button>
      </div>
    </div>
  );
}

interface Sight { x: number; y: number; zoom: number }

function Graph() {
  const now = network.value;
  const frame = useRef<HTMLDivElement>(null);
  const [placed, setPlaced] = useState<Placed | null>(null);
  const [sight, setSight] = useState<Sight>({ x: 0, y: 0, zoom: 1 });
  const [near, setNear] = useState<string | null>(null);
  const [asTable, setTable] = useState(false);
  const all = now?.values ?? [];
  // A large model is drawn without its weights at first: the way of the values is what can be followed then.
  const [weights, setWeights] = useState<boolean | null>(null);
  const withWeights = weights ?? all.length <= MANY;
  const values = all.filter((v) => withWeights || (v.kind !== "parameter" && v.kind !== "buffer"));
  const kind = values.map((v) => v.name + v.shape.join()).join("|");

  /** All of it; or, where it would be too small to read, its beginning. */
  const fit = (plan: Placed | null, readable: boolean) => {
    const box = frame.current;
    if (!box || !plan) return;
    const whole = Math.min(1.15, box.clientWidth / plan.width, box.clientHeight / plan.height);
    const zoom = readable ? Math.max(0.62, whole) : whole;
    const first = plan.boxes[0];
    const place = (room: number, size: number, from: number) => (size * zoom <= room ? (room - size * zoom) / 2 : Math.min(0, Math.max(room - size * zoom, room / 2 - from * zoom)));
    setSight({ zoom, x: place(box.clientWidth, plan.width, (first?.x ?? 0) + BOX.width / 2), y: place(box.clientHeight, plan.height, (first?.y ?? 0) + BOX.height / 2) });
  };

  useEffect(() => {
    if (!now) return;
    let gone = false;
    const wide = (frame.current?.clientWidth ?? 800) > 600;
    void placeInWorker({
      boxes: values.map((v) => ({ name: v.name, ...BOX })),
      links: now.edges.map((e) => ({ from: e.from, to: e.to, label: shape(e.shape) })),
      direction: wide ? "LR" : "TB",
    }).then((plan) => {
      if (gone) return;
      setPlaced(plan);
      fit(plan, true);
    });
    return () => { gone = true; };
  }, [identity.value, kind]);

  useLayoutEffect(() => {
    const box = frame.current;
    if (!box) return;
    const observer = new ResizeObserver(() => fit(placed, true));
    observer.observe(box);
    // A wheel listener of Preact's is passive in some browsers and could not keep the page from scrolling.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) {
        const at = box.getBoundingClientRect();
        zoomBy(Math.exp(-event.deltaY * 0.004), event.clientX - at.left, event.clientY - at.top);
      } else setSight((s) => ({ ...s, x: s.x - event.deltaX, y: s.y - event.deltaY }));
    };
    box.addEventListener("wheel", wheel, { passive: false });
    return () => { observer.disconnect(); box.removeEventListener("wheel", wheel); };
  }, [placed]);

  const zoomBy = (factor: number, atX?: number, atY?: number) => setSight((s) => {
    const box = frame.current;
    const x = atX ?? (box?.clientWidth ?? 0) / 2;
    const y = atY ?? (box?.clientHeight ?? 0) / 2;
    const zoom = Math.max(0.05, Math.min(3, s.zoom * factor));
    return { zoom, x: x - ((x - s.x) * zoom) / s.zoom, y: y - ((y - s.y) * zoom) / s.zoom };
  });
  const keys = (event: KeyboardEvent) => {
    const by = 60;
    const moves: Record<string, () => void> = {
      "+": () => zoomBy(1.2), "=": () => zoomBy(1.2), "-": () => zoomBy(1 / 1.2), "0": () => fit(placed, false),
      ArrowLeft: () => setSight((s) => ({ ...s, x: s.x + by })), ArrowRight: () => setSight((s) => ({ ...s, x: s.x - by })),
      ArrowUp: () => setSight((s) => ({ ...s, y: s.y + by })), ArrowDown: () => setSight((s) => ({ ...s, y: s.y - by })),
    };
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey) return;
    move();
    event.preventDefault();
  };
  const drag = useRef<{ id: number; x: number; y: number } | null>(null);
  /** A box that got the keyboard's focus is brought into sight. */
  const reveal = (box: { x: number; y: number; width: number; height: number }) => setSight((s) => {
    const room = frame.current;
    if (!room) return s;
    const inside = (from: number, size: number, room: number, shift: number) => {
      const low = from * s.zoom + shift;
      const high = (from + size) * s.zoom + shift;
      return low < 8 ? shift + 8 - low : high > room - 8 ? shift - (high - room + 8) : shift;
    };
    return { ...s, x: inside(box.x, box.width, room.clientWidth, s.x), y: inside(box.y, box.height, room.clientHeight, s.y) };
  });

  if (!now) return null;
  const table = () => [["from", "to", "shape", "through"], ...now.edges.map((e) => [e.from, e.to, shape(e.shape), e.through.join(" ")])];
  const byName = new Map(values.map((v) => [v.name, v]));
  const pictures = values.length <= PICTURES;
  return (
    <Panel
      title="Network" class="graph-panel"
      note={<>{all.length} named values<BatchLoss /></>}
      kept={{ name: `${identity.value}-network`, table }}
      tools={
        <span class="row">
          {all.length > MANY && <button type="button" aria-pressed={withWeights} onClick={() => setWeights(!withWeights)}>Weights</button>}
          <button type="button" aria-label="Smaller" onClick={() => zoomBy(1 / 1.25)}>−</button>
          <button type="button" aria-label="Larger" onClick={() => zoomBy(1.25)}>+</button>
          <button type="button" onClick={() => fit(placed, false)}>Fit</button>
        </span>
      }
    >
      <div
        class="graph" ref={frame} tabIndex={0} role="group" aria-label="The network drawn. Arrow keys move, plus and minus zoom, Tab goes from value to value." onKeyDown={keys}
        onPointerDown={(e) => { if ((e.target as HTMLElement).closest("button")) return; drag.current = { id: e.pointerId, x: e.clientX, y: e.clientY }; e.currentTarget.setPointerCapture(e.pointerId); }}
        onPointerMove={(e) => {
          const from = drag.current;
          if (!from || from.id !== e.pointerId) return;
          drag.current = { ...from, x: e.clientX, y: e.clientY };
          setSight((s) => ({ ...s, x: s.x + e.clientX - from.x, y: s.y + e.clientY - from.y }));
        }}
        onPointerUp={() => { drag.current = null; }}
      >
        {placed && (
          <div class="plane" style={{ width: `${placed.width}px`, height: `${placed.height}px`, transform: `translate(${sight.x}px, ${sight.y}px) scale(${sight.zoom})` }}>
            <svg width={placed.width} height={placed.height} aria-hidden="true">
              <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.8 8 4 0 7.2z" class="tip" /></marker></defs>
              {placed.links.map((link, i) => (
                <g key={i} class={near !== null && (link.from === near || link.to === near) ? "link near" : "link"}>
                  <path d={curve(link.points)} marker-end="url(#arrow)" />
                  {link.at && <text x={link.at.x} y={link.at.y + 4} text-anchor="middle">{link.label}</text>}
                </g>
              ))}
            </svg>
            {placed.boxes.map((box) => {
              const value = byName.get(box.name);
              return value && (
                <button
                  type="button" key={box.name} class={`node ${value.kind}`} aria-pressed={selected.value === box.name}
                  style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` }}
                  onClick={() => show(box.name)} onFocus={() => { setNear(box.name); reveal(box); }} onBlur={() => setNear(null)}
                  onPointerEnter={() => setNear(box.name)} onPointerLeave={() => setNear(null)}
                >
                  <Node value={value} pictures={pictures} />
                </button>
              );
            })}
          </div>
        )}
      </div>
      <details class="as-table" onToggle={(e) => setTable(e.currentTarget.open)}>
        <summary>The same as a table</summary>
        <table>
          <thead><tr><th>value</th><th>kind</th><th>shape</th><th>made by</th><th>mean</th><th>std</th></tr></thead>
          <tbody>
            {asTable && all.map((v) => <TableRow key={v.name} value={v} />)}
          </tbody>
        </table>
      </details>
    </Panel>
  );
}

function BatchLoss() {
  const now = statistics.value;
  return now?.loss == null ? null : <> · loss of the next batch {loss(now.loss)} <AtStep step={now.step} /></>;
}

function TableRow({ value }: { value: NetworkValue }) {
  const row = rows.value.get(value.name);
  return (
    <tr>
      <td><button type="button" class="plain" onClick={() => show(value.name)}>{value.name}</button></td>
      <td>{value.kind}</td><td>{shape(value.shape)}</td><td>{value.op ?? ""}</td><td>{brief(row?.mean)}</td><td>{brief(row?.std)}</td>
    </tr>
  );
}

function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  for (let i = 0; i < rest.length - 1; i += 1) {
    const at = rest[i];
    const next = rest[i + 1];
    if (!at || !next) break;
    const end = i === rest.length - 2 ? next : { x: (at.x + next.x) / 2, y: (at.y + next.y) / 2 };
    path += `Q${at.x} ${at.y} ${end.x} ${end.y}`;
  }
  if (rest.length === 1 && rest[0]) path += `L${rest[0].x} ${rest[0].y}`;
  return path;
}

function Node({ value, pictures }: { value: NetworkValue; pictures: boolean }) {
  const row = rows.value.get(value.name);
  return (
    <>
      <b title={value.name}>{value.name.length > 18 ? `…${value.name.slice(-17)}` : value.name}</b>
      <span class="sizes">{shape(value.shape)}</span>
      {value.kind === "input" && (language.value || words.value) ? <Letters value={value} /> : pictures && value.kind !== "loss" && value.shape.reduce((a, b) => a * b, 1) > 0 ? <Picture value={value} /> : row?.histogram ? <Tiny counts={row.histogram.counts} /> : <span class="grow" />}
      <span class="numbers">{row ? `${brief(row.mean)} ± ${brief(row.std)}` : value.op ?? value.kind}</span>
    </>
  );
}

/** The tokens that go in, where they are few, as letters. */
function Letters({ value }: { value: NetworkValue }) {
  const few = value.shape.reduce((a, b) => a * b, 1) <= 16;
  const seen = useTensor(few ? { name: value.name, part: "value", everyMs: 2000 } : null).value;
  return <span class="tokens">{Array.from(seen.answer?.values ?? [], (token) => glyph(vocabulary.value[token])).join(" ")}</span>;
}

/** A part of the value's numbers as colours. */
function Picture({ value }: { value: NetworkValue }) {
  const sizes = value.shape;
  const tail = sizes.length;
  const index = sizes.map((size, axis) => (axis < tail - 2 ? "0" : size > MOST ? `0:${MOST}` : ":")).join(",");
  const seen = useTensor({ name: value.name, part: "value", everyMs: 1000, ...(tail > 0 ? { index } : {}) }).value;
  if (!seen.answer) return <span class="grow" />;
  const cells = grid(seen.answer.shape);
  // Tall tables are laid on their side: a box is wider than high.
  const turned = cells.rows > cells.columns * 1.4 && seen.answer.shape.length === 2;
  const numbers = turned ? transposed(seen.answer.values, cells.rows, cells.columns) : filled(seen.answer.values, cells.rows * cells.columns);
  return (
    <Heatmap
      still values={numbers} rows={turned ? cells.columns : cells.rows} columns={turned ? cells.rows : cells.columns}
      range={extent(seen.answer.values)} largest={10} tallest={34} label={`${value.name} as colours`}
    />
  );
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows; r += 1) for (let c = 0; c < columns; c += 1) out[c * rows + r] = values[r * columns + c] ?? 0;
  return out;
}

function Tiny({ counts }: { counts: readonly number[] }) {
  const top = Math.max(1, ...counts);
  const path = counts.map((n, i) => (n === 0 ? "" : `M${i} 20v${-Math.max(0.5, (n / top) * 20)}h1v${Math.max(0.5, (n / top) * 20)}z`)).join("");
  return <svg class="tiny" viewBox={`0 0 ${counts.length} 20`} preserveAspectRatio="none" aria-hidden="true"><path d={path} /></svg>;
}
