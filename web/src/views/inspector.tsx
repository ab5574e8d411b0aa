import { useEffect, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import type { History, Moments, Row, ServerBins } from "../api/types";
import { Heatmap } from "../components/heatmap";
import { Histogram } from "../components/histogram";
import type { Bins } from "../components/histogram";
import { HistogramOverTime } from "../components/histogram-time";
import { AtStep } from "../components/at-step";
import { Panel, SaveMenu } from "../components/panel";
import { extent } from "../draw/colour";
import { filled, grid } from "../draw/grid";
import type { Cell } from "../draw/save";
import { glyph } from "../draw/letters";
import { bits, brief, exact, fixed, largest, percent, position, shape } from "../draw/number";
import { attempt, client, identity, language, statistics, step, vocabulary } from "../state/lab";
import { atMost } from "../state/latest";
import { layerOf, network, rows, valueOf } from "../state/network";
import { useTensor } from "../state/tensor";
import { cell, close, lookAt, reach, selected, show } from "../state/view";
import type { Reach } from "../state/view";
import { ValueEdits } from "./value-edits";
import { effect } from "@preact/signals";

export const bins = (told: ServerBins): Bins => ({ from: told.low, to: told.high, counts: told.counts });

/** One named value: its numbers, its gradient, their distributions, and what can be done to it. */
export function Inspector() {
  const name = selected.value;
  if (identity.value === null) return null;
  if (name === null) {
    return (
      <div class="inspector">
        <Panel title="Inspector">
          <p class="quiet">Pick a value in the network to see every number in it, its gradient and how both are spread; and to change it.</p>
          <ValuePicker />
        </Panel>
      </div>
    );
  }
  return <Chosen key={`${identity.value} ${name}`} name={name} />;
}

function ValuePicker() {
  const values = network.value?.values ?? [];
  return (
    <label class="field">
      <span>Value</span>
      <select value={selected.value ?? ""} onChange={(e) => show(e.currentTarget.value)}>
        {selected.value === null && <option value="">choose…</option>}
        {selected.value !== null && !values.some((v) => v.name === selected.value) && <option>{selected.value}</option>}
        {(["parameter", "buffer", "activation", "loss", "input"] as const).map((kind) => {
          const some = values.filter((v) => v.kind === kind);
          return some.length > 0 && <optgroup label={kind} key={kind}>{some.map((v) => <option key={v.name} value={v.name}>{v.name}</option>)}</optgroup>;
        })}
      </select>
    </label>
  );
}

function Chosen({ name }: { name: string }) {
  const value = valueOf(name);
  const row = rows.value.get(name);
  const parameter = value?.kind === "parameter";
  return (
    <div class="inspector">
      <Panel
        title={name}
        note={value && `${value.kind} ${shape(value.shape)}${value.op ? ` · ${value.op}` : ""}`}
        tools={<button type="button" onClick={close} aria-label="Close the inspector">✕</button>}
      >
        <ValuePicker />
        {value ? <Numbers name={name} parameter={parameter} /> : <p class="quiet">Reading…</p>}
      </Panel>
      {value && <ValueEdits value={value} />}
      <Panel title="Statistics" note={row && <AtStep step={statistics.value?.step} />} kept={statisticsKept(name, row)}>
        {row ? <StatisticsTable row={row} /> : <p class="quiet">Statistics come with the next event.</p>}
        {row?.histogram && <div class="pair">
          <div><h3>value</h3><Histogram bins={bins(row.histogram)} label={`Values of ${name}`} /></div>
          {row.gradient_histogram && <div><h3>gradient</h3><Histogram bins={bins(row.gradient_histogram)} label={`Gradients of ${name}`} tone="gradient" /></div>}
        </div>}
      </Panel>
      <OverTime name={name} />
    </div>
  );
}

const statisticsKept = (name: string, row: Row | undefined) => ({
  name: `${name}-statistics`,
  table: () => [
    ["", "mean", "std", "min", "max"],
    ...(row ? [["value", row.mean, row.std, row.min, row.max]] : []),
    ...(row?.gradient ? [["gradient", row.gradient.mean, row.gradient.std, row.gradient.min, row.gradient.max]] : []),
    ["from", "to", "values in between"],
    ...(row?.histogram ? row.histogram.counts.map((n, i, all) => {
      const { low = 0, high = 0 } = row.histogram ?? {};
      return [low + ((high - low) * i) / all.length, low + ((high - low) * (i + 1)) / all.length, n];
    }) : []),
  ],
});

function StatisticsTable({ row }: { row: Row }) {
  const line = (name: string, pick: (m: Moments) => number | null) => (
    <tr key={name}><th scope="row">{name}</th><td>{brief(pick(row))}</td><td>{row.gradient ? brief(pick(row.gradient)) : "–"}</td></tr>
  );
  return (
    <table class="statistics">
      <thead><tr><td /><th scope="col">value</th><th scope="col">gradient</th></tr></thead>
      <tbody>
        {line("mean", (m) => m.mean)}
        {line("std", (m) => m.std)}
        {line("min", (m) => m.min)}
        {line("max", (m) => m.max)}
        {row.saturated !== null && row.saturated !== undefined && <tr><th scope="row">saturated</th><td>{percent(row.saturated)}</td><td /></tr>}
        {row.update_ratio !== null && row.update_ratio !== undefined && (
          <tr><th scope="row">update : data</th><td>{brief(row.update_ratio)}</td><td>10<sup>{fixed(Math.log10(row.update_ratio), 1)}</sup></td></tr>
        )}
      </tbody>
    </table>
  );
}

/** What the colours reach to: this tensor's largest number, its layer's, or that of all of its kind. */
function rangeOf(name: string, own: number, part: "value" | "gradient", how: Reach): number {
  if (how === "tensor") return own;
  const kind = rows.value.get(name)?.kind;
  const layer = layerOf(name);
  let top = own;
  for (const row of rows.value.values()) {
    if (row.kind !== kind || (how === "layer" && layerOf(row.name) !== layer)) continue;
    const m = part === "value" ? row : row.gradient;
    if (m) top = largest([Math.abs(m.min), Math.abs(m.max)], top);
  }
  return top;
}

/** The cell under the pointer, shared by value and gradient. */
const pointed = signal<number | null>(null);

/** Value and gradient side by side, and the exact number under the cursor. */
function Numbers({ name, parameter }: { name: string; parameter: boolean }) {
  const sizes = valueOf(name)?.shape ?? [];
  const leading = sizes.slice(0, -2);
  const [at, setAt] = useState<number[]>(leading.map(() => 0));
  const index = leading.length > 0 ? [...leading.map((size, i) => Math.min(at[i] ?? 0, size - 1)), ":", ":"].join(",") : undefined;
  const value = useTensor({ name, part: "value", index }).value;
  const gradient = useTensor({ name, part: "gradient", index, everyMs: 1000 }).value;
  useEffect(() => { pointed.value = null; }, [name, index]);

  const shown = value.answer;
  if (value.problem) return <p class="quiet">{value.problem}</p>;
  if (!shown) return <p class="quiet">Reading…</p>;
  const cells = grid(shown.shape);
  const here = pointed.value ?? cell.value;
  const names = axisNames(name, cells.rows, cells.columns);
  const picture = (part: "value" | "gradient", numbers: Float32Array) => (
    <div class="picture">
      <h3>{part}</h3>
      <Heatmap
        values={filled(numbers, cells.rows * cells.columns)} rows={cells.rows} columns={cells.columns}
        range={rangeOf(name, extent(numbers), part, reach.value)} tallest={300} largest={26}
        {...(names.rows ? { rowNames: names.rows.map(glyph) } : {})} {...(names.columns ? { columnNames: names.columns.map(glyph) } : {})}
        label={`${part} of ${name}, ${cells.rows} rows, ${cells.columns} columns`}
        picked={cell.value} onPoint={(c) => { pointed.value = c === null || c >= cells.numbers ? null : c; }}
        onPick={(c) => { if (c < cells.numbers) cell.value = cell.value === c ? null : c; }}
      />
    </div>
  );
  const wide = cells.columns > 40;
  return (
    <>
      <div class="row">
        <label class="field"><span>Colours reach to the largest of</span>
          <select value={reach.value} onChange={(e) => { reach.value = e.currentTarget.value as Reach; }}>
            <option value="tensor">this tensor</option><option value="layer">its layer</option><option value="global">all {parameter ? "parameters" : "activations"}</option>
          </select>
        </label>
        {leading.map((size, axis) => (
          <label class="field" key={axis}><span>axis {axis} of {size}</span>
            <input type="number" min="0" max={size - 1} value={at[axis] ?? 0} onInput={(e) => { const next = [...at]; next[axis] = Math.max(0, Math.min(size - 1, Math.trunc(Number(e.currentTarget.value)) || 0)); setAt(next); }} />
          </label>
        ))}
      </div>
      <div class={wide ? "pictures" : "pictures side"}>
        {picture("value", shown.values)}
        {gradient.answer && gradient.answer.values.length === shown.values.length
          ? picture("gradient", gradient.answer.values)
          : <p class="quiet">{gradient.problem ?? "The gradient is being computed."}</p>}
      </div>
      <Readout
        at={here} locked={pointed.value === null && cell.value !== null} value={shown.values} gradient={gradient.answer?.values}
        where={here === null ? "" : [...leading.map((_, i) => String(at[i] ?? 0)), ...position(here, shown.shape).map(String)].join(", ")}
        rowName={here === null ? undefined : names.rows?.[Math.floor(here / cells.columns)]}
        columnName={here === null ? undefined : names.columns?.[here % cells.columns]}
      />
      <div class="row">
        <AtStep step={shown.step} />
        <SaveMenu kept={{ name, table: () => tensorTable(shown.values, shown.shape, gradient.answer?.values) }} />
        {!parameter && <span class="quiet">{lookAt.value === "context" ? (language.value ? "for the typed context" : "for the chosen example") : "for the next batch"}</span>}
      </div>
    </>
  );
}

/** Every number with its position, to the last digit. */
function tensorTable(values: Float32Array, sizes: readonly number[], gradient: Float32Array | undefined): Cell[][] {
  const head = [...sizes.map((_, i) => `axis ${i}`), "value", "gradient"];
  return [head, ...Array.from(values, (v, i) => [...position(i, sizes), Number(exact(v)), gradient ? Number(exact(gradient[i] ?? 0)) : null])];
}

/** Rows and columns that are letters are called by them. */
function axisNames(name: string, rows: number, columns: number): { rows?: string[]; columns?: string[] } {
  const letters = vocabulary.value;
  const parameter = valueOf(name)?.kind === "parameter";
  const n = letters.length;
  return {
    ...(rows === n && n > 1 && parameter ? { rows: letters } : {}),
    ...(columns === n && n > 1 ? { columns: letters } : {}),
  };
}

interface Reading { at: number | null; locked: boolean; value: Float32Array; gradient: Float32Array | undefined; where: string; rowName: string | undefined; columnName: string | undefined }

function Readout({ at, locked, value, gradient, where, rowName, columnName }: Reading) {
  if (at === null || at >= value.length) return <p class="readout quiet">Point at a cell, or move with the arrow keys, for its exact number; click to keep it.</p>;
  const x = value[at] ?? 0;
  const b = bits(x);
  const slope = gradient?.[at];
  return (
    <div class="readout" aria-live="off">
      <dl>
        <div><dt>index</dt><dd data-testid="index">[{where}]{rowName !== undefined && <> row <b>{glyph(rowName)}</b></>}{columnName !== undefined && <> column <b>{glyph(columnName)}</b></>}</dd></div>
        <div><dt>value</dt><dd><b data-testid="exact">{exact(x)}</b></dd></div>
        <div><dt>bits</dt><dd class="bits" title="sign, exponent, fraction"><span>{b.sign}</span> <span>{b.exponent}</span> <span>{b.fraction}</span></dd></div>
        <div><dt>hex</dt><dd>{b.hex}</dd></div>
        <div><dt>gradient</dt><dd data-testid="exact-gradient">{slope === undefined ? "–" : exact(slope)}</dd></div>
      </dl>
      {locked && <button type="button" onClick={() => { cell.value = null; }}>Let go of this cell</button>}
    </div>
  );
}

/** How the distribution of a value moved since somebody watched. */
function OverTime({ name }: { name: string }) {
  const [history, setHistory] = useState<History | null>(null);
  useEffect(() => {
    let gone = false;
    const read = async () => {
      const found = await attempt(async () => client.peek()?.history(name));
      if (found && !gone) setHistory(found);
    };
    const sometime = atMost(2000, () => void read());
    const stop = effect(() => { void step.value; sometime(); });
    return () => { gone = true; stop(); };
  }, [name]);
  const moments = (history?.steps ?? []).flatMap((at, i) => {
    const histogram = history?.rows[i]?.histogram;
    return histogram ? [{ step: at, bins: bins(histogram) }] : [];
  });
  return (
    <Panel
      title="Histogram over time"
      kept={{
        name: `${name}-over-time`,
        table: () => [["step", "mean", "std", "min", "max"], ...(history?.steps ?? []).map((s, i) => [s, history?.rows[i]?.mean ?? null, history?.rows[i]?.std ?? null, history?.rows[i]?.min ?? null, history?.rows[i]?.max ?? null])],
      }}
    >
      <HistogramOverTime moments={moments} label={name} />
    </Panel>
  );
}
