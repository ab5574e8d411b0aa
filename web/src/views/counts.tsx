import { useState } from "preact/hooks";
import { Heatmap } from "../components/heatmap";
import { Panel } from "../components/panel";
import { extent } from "../draw/colour";
import { glyph } from "../draw/letters";
import { count } from "../draw/number";
import { identity, step, vocabulary } from "../state/lab";
import { useTensor } from "../state/tensor";

/** What a model of counts knows: how often which letter came after which. */
export function Counts() {
  const names = vocabulary.value;
  const n = names.length;
  // The letters in front of the last one, where contexts are longer than one letter: the table's rows are ordered by them.
  const [before, setBefore] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  void step.value;
  const seen = useTensor(n > 0 ? { name: "counts", part: "value", index: `${before * n}:${(before + 1) * n},:` } : null).value;
  const told = seen.answer;
  const rows = told?.shape[0] ?? 0;
  const contexts = told ? Math.round((told.full[0] ?? 0) / n) : 1;
  const letters = contexts > 1 ? Math.round(Math.log(contexts) / Math.log(n)) : 0;
  const written = (index: number): string => {
    let text = "";
    for (let i = 0, rest = index; i < letters; i += 1, rest = Math.floor(rest / n)) text = glyph(names[rest % n]) + text;
    return text;
  };
  const values = told?.values ?? new Float32Array();
  const row = at === null ? 0 : Math.floor(at / n);
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += values[row * n + i] ?? 0;
  const context = (r: number) => (rows > 1 ? `${written(before)}${glyph(names[r])}` : "any letter");
  return (
    <Panel
      title="Counts" note={`how often the letter of a column came after ${rows > 1 ? "the letter of a row" : "anything"} in the training data`}
      kept={{
        name: `${identity.value}-counts`,
        table: () => [["after", "comes", "count"], ...Array.from(values, (x, i) => [context(Math.floor(i / n)), names[i % n] ?? null, x])],
      }}
    >
      {seen.problem && <p class="warning">{seen.problem}</p>}
      {contexts > 1 && (
        <label class="field"><span>Before that</span>
          <select value={before} onChange={(e) => { setBefore(Number(e.currentTarget.value)); setAt(null); }}>
            {Array.from({ length: Math.min(contexts, 2000) }, (_, i) => <option key={i} value={i}>{written(i)}</option>)}
          </select>
        </label>
      )}
      {rows > 0 && (
        <div class="counts">
          <div class="grow">
            <Heatmap {...(rows > 1 ? { rowNames: names.map(glyph) } : {})} columnNames={names.map(glyph)} values={values} rows={rows} columns={n} range={extent(values)} largest={18} tallest={18 * rows} label="Counts" onPoint={setAt} />
          </div>
        </div>
      )}
      <p class="mono readline">
        {at !== null && rows > 0
          ? <>after <b>{context(row)}</b> came <b>{glyph(names[at % n])}</b> <b>{count(values[at] ?? 0)}</b> {values[at] === 1 ? "time" : "times"} of {count(sum)}{sum > 0 && <>: a share of <b>{((values[at] ?? 0) / sum).toFixed(4)}</b></>}</>
          : <span class="quiet">Point at a cell for its number.</span>}
      </p>
    </Panel>
  );
}
