import { computed, effect, signal } from "@preact/signals";
import type { Diagnosis, Row, ServerBins } from "../api/types";
import { Lines } from "../components/lines";
import type { Line } from "../components/lines";
import { AtStep } from "../components/at-step";
import { Panel } from "../components/panel";
import { brief, finite, loss, percent } from "../draw/number";
import { identity, model, statistics, trainable } from "../state/lab";
import { usePolled } from "../state/polled";
import { show } from "../state/view";
import { Counts } from "./counts";

/** Update:data ratios by parameter since this page looks on. */
const ratios = signal<Map<string, { x: number[]; y: number[] }>>(new Map());
let of: string | null = null;
effect(() => {
  const news = statistics.value;
  const id = identity.value;
  if (id !== of) {
    of = id;
    ratios.value = new Map();
  }
  if (!news) return;
  const all = new Map(ratios.peek());
  for (const row of news.rows) {
    if (row.kind !== "parameter" || row.update_log10 === null || row.shape.length < 2) continue;
    const old = all.get(row.name) ?? { x: [], y: [] };
    const end = old.x.findIndex((s) => s >= news.step);
    const kept = end < 0 ? old : { x: old.x.slice(0, end), y: old.y.slice(0, end) };
    kept.x.push(news.step);
    kept.y.push(row.update_log10);
    all.set(row.name, { x: kept.x.slice(-4000), y: kept.y.slice(-4000) });
  }
  ratios.value = all;
});

const TONES = ["blue", "orange", "run-1", "run-2", "run-3", "run-4", "muted", "ink"];

const ratioLines = computed<Line[]>(() => [...ratios.value].slice(0, 12).map(([name, points], i) => ({ name, x: points.x, y: points.y, tone: TONES[i % TONES.length] ?? "blue", ...(i >= TONES.length ? { dash: [4, 3] } : {}) })));

/** Is it learning well? Distributions by layer, the size of the updates, and advice. */
export function Diagnostics() {
  if (trainable.value) return <Learning />;
  return (
    <div class="diagnostics">
      <p>A model of kind {model.value} is counted, not trained: no gradient flows through it and nothing is updated, so there is nothing to diagnose. All that it knows is how often what followed what.</p>
      <Counts />
    </div>
  );
}

function Learning() {
  // While it trains the events tell; before that the page asks.
  const asked = usePolled((c) => c.diagnostics(), "diagnostics", { everyMs: 5000 }).value;
  const now = statistics.value ?? asked.answer;
  const activations = now?.rows.filter((r) => r.kind === "activation" && (r.nonlinearity !== null || r.name.endsWith("out"))) ?? [];
  const parameters = now?.rows.filter((r) => r.kind === "parameter" && r.shape.length > 1) ?? [];
  return (
    <div class="diagnostics">
      {asked.problem && !now && <p class="warning">{asked.problem}</p>}
      {now && <AdvicePanel now={now} />}
      <Panel
        title="Update : data" note="log10 of std(update) / std(parameter); about −3 is healthy"
        kept={{ name: `${identity.value}-update-ratios`, table: () => [["parameter", "step", "log10 update:data"], ...[...ratios.value].flatMap(([name, p]) => p.x.map((x, i) => [name, x, p.y[i] ?? null]))] }}
      >
        <div class="chart">
          {ratioLines.value.length > 0 ? <Lines lines={ratioLines.value} label="Update to data ratio by step, log10" level={{ at: -3, name: "−3" }} /> : <p class="quiet centred">The ratios appear while it trains.</p>}
        </div>
      </Panel>
      <Layers at={now?.step} title="Activations" rows={activations} pick={(r) => r.histogram} note={(r) => `mean ${brief(r.mean)}, std ${brief(r.std)}${r.saturated != null ? `, ${percent(r.saturated)} saturated` : ""}${r.dead_units ? `, ${r.dead_units} dead` : ""}`} />
      <Layers at={now?.step} title="Gradients of activations" rows={activations} pick={(r) => r.gradient_histogram} note={(r) => `mean ${brief(r.gradient?.mean)}, std ${brief(r.gradient?.std)}`} gradient />
      <Layers at={now?.step} title="Weights" rows={parameters} pick={(r) => r.histogram} note={(r) => `mean ${brief(r.mean)}, std ${brief(r.std)}`} />
      <Layers at={now?.step} title="Gradients of weights" rows={parameters} pick={(r) => r.gradient_histogram} note={(r) => `std ${brief(r.gradient?.std)}, grad:data ${brief(r.gradient_ratio)}`} gradient />
    </div>
  );
}

function AdvicePanel({ now }: { now: Diagnosis }) {
  return (
    <Panel title="Advice" note={<><AtStep step={now.step} /> {now.loss !== null && <>loss of the next batch {loss(now.loss)}{now.chance !== null && <>; chance alone would give {loss(now.chance)}</>}</>}</>}>
      {now.advice.length === 0 && <p class="quiet">Nothing stands out.</p>}
      <ul class="advice">
        {now.advice.map((a, i) => (
          <li key={i} class={a.topic}>
            {a.text}
            {[...(a.activation ? [a.activation] : []), ...a.parameters].map((name) => <button type="button" class="plain" key={name} onClick={() => show(name)}>{name}</button>)}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

interface LayersProps { at: number | undefined; title: string; rows: readonly Row[]; pick: (row: Row) => ServerBins | null | undefined; note: (row: Row) => string; gradient?: boolean }

/** The distributions of all layers over one axis. */
function Layers({ at, title, rows, pick, note, gradient }: LayersProps) {
  const shown = rows.flatMap((row) => { const bins = pick(row); return bins && finite(bins.low, bins.high) ? [{ row, bins }] : []; });
  if (shown.length === 0) return null;
  const low = Math.min(...shown.map((s) => s.bins.low));
  const high = Math.max(...shown.map((s) => s.bins.high));
  const span = high - low || 1;
  const HEIGHT = 40;
  return (
    <Panel
      title={title} note={<><AtStep step={at} /> all from {brief(low)} to {brief(high)}</>}
      kept={{
        name: `${identity.value}-${title.toLowerCase().replaceAll(" ", "-")}`,
        table: () => [["layer", "from", "to", "values"], ...shown.flatMap(({ row, bins }) => bins.counts.map((n, i) => { const w = (bins.high - bins.low) / bins.counts.length; return [row.name, bins.low + i * w, bins.low + (i + 1) * w, n]; }))],
      }}
    >
      <svg class="layers" viewBox={`0 0 600 ${shown.length * HEIGHT}`} role="img" aria-label={`${title}: ${shown.map(({ row }) => `${row.name} ${note(row)}`).join("; ")}`}>
        {shown.map(({ row, bins }, i) => {
          const top = Math.max(1, ...bins.counts);
          const width = (bins.high - bins.low) / bins.counts.length;
          const across = (x: number) => 200 + ((x - low) / span) * 396;
          const base = (i + 1) * HEIGHT - 8;
          const path = bins.counts.map((n, j) => (n === 0 ? "" : `M${across(bins.low + j * width).toFixed(1)} ${base}v${(-28 * n / top).toFixed(1)}h${Math.max(0.6, (width / span) * 396).toFixed(1)}V${base}z`)).join("");
          return (
            <g key={row.name}>
              <text x="0" y={base - 14} class="name">{row.name}</text>
              <text x="0" y={base} class="small-text">{note(row)}</text>
              <line x1="200" x2="596" y1={base} y2={base} />
              <path d={path} class={gradient ? "bars gradient" : "bars"} />
            </g>
          );
        })}
      </svg>
    </Panel>
  );
}
