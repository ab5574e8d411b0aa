import { useState } from "preact/hooks";
import type { Part } from "../../api/types";
import { Panel } from "../../components/panel";
import { Grey } from "../../components/picture";
import { brief, count, percent } from "../../draw/number";
import { parts, useClassified } from "../../state/example";
import { identity, picture, task } from "../../state/lab";
import { usePolled } from "../../state/polled";
import { example } from "../../state/view";
import { PartChoice } from "./confusion";

const AT_ONCE = 30;

/** The examples of the data, with what each is taken for. */
export function PickerView() {
  const [part, setPart] = useState<Part>(parts()[0] ?? "train");
  const [from, setFrom] = useState(0);
  const [wrong, setWrong] = useState(false);
  const seen = usePolled((c) => c.examples(part, from, AT_ONCE, wrong), `${part} ${from} ${wrong}`, { everyMs: 1000 }).value;
  const now = seen.answer;
  const size = picture.value;
  const told = task.value;
  if (!told) return null;
  const values = told.reading === "values";
  const own = example.value;
  const total = wrong ? (now?.wrong ?? 0) : (now?.total ?? 0);
  return (
    <Panel
      title="Examples" note={now?.wrong != null && <>{count(now.wrong)} of {count(now.total)} taken for another class</>}
      tools={
        <>
          <PartChoice value={part} give={(p) => { setPart(p); setFrom(0); }} />
          {!values && <label class="small"><input type="checkbox" checked={wrong} onChange={(e) => { setWrong(e.currentTarget.checked); setFrom(0); }} /> only mistakes</label>}
        </>
      }
      kept={{
        name: `${identity.value}-examples`,
        table: () => [["row", "class", "taken for", ...told.classes], ...(now?.examples ?? []).map((e) => [e.row, e.label === null ? null : (told.classes[e.label] ?? null), e.class === null ? null : (told.classes[e.class] ?? null), ...e.probabilities])],
      }}
    >
      {seen.problem && <p class="warning">{seen.problem}</p>}
      {now && now.examples.length === 0 && <p class="quiet">{wrong ? "No mistakes here." : "There are none."}</p>}
      <ol class={size ? "examples pictures" : "examples"} aria-label={`Examples of ${part}`}>
        {now?.examples.map((e) => {
          const label = e.label === null ? null : told.classes[e.label];
          const taken = e.class === null ? null : told.classes[e.class];
          const share = e.class === null ? null : e.probabilities[e.class];
          const chosen = "split" in own && own.split === e.split && own.row === e.row;
          const name = `Example ${e.row}${label != null ? `: ${label}` : ""}${taken != null ? `, taken for ${taken} (${percent(share)})` : ""}`;
          return (
            <li key={e.row}>
              <button type="button" aria-pressed={chosen} title={name} class={taken != null && label != null && taken !== label ? "mistaken" : ""} onClick={() => { example.value = { split: e.split, row: e.row }; }}>
                <span class="hidden">Example {e.row}</span>
                {size && <Grey values={e.input} height={size[0]} width={size[1]} label="" size={44} />}
                {size && values && <Grey values={e.probabilities} height={size[0]} width={size[1]} label="" size={44} white={Math.max(...e.input)} />}
                {!size && <span class="mono">{e.input.slice(0, 6).map((x) => brief(x)).join(" ")}{e.input.length > 6 ? " …" : ""}</span>}
                {label != null && <span>{label}{taken != null && taken !== label && <b> → {taken}</b>}</span>}
                {taken != null && <span class="hidden">taken for {taken}, {percent(share)}</span>}
              </button>
            </li>
          );
        })}
      </ol>
      {total > AT_ONCE && (
        <div class="row">
          <button type="button" disabled={from === 0} onClick={() => setFrom(Math.max(0, from - AT_ONCE))}>Back</button>
          <span class="quiet">{count(from + 1)} to {count(Math.min(from + AT_ONCE, total))} of {count(total)}</span>
          <button type="button" disabled={from + AT_ONCE >= total} onClick={() => setFrom(from + AT_ONCE)}>On</button>
        </div>
      )}
    </Panel>
  );
}

/** The measurements of the example, each to be changed. */
export function MeasurementsView() {
  const seen = useClassified();
  const told = task.value;
  const now = seen.answer;
  if (!told || !now || told.shape.length !== 1 || now.input.length > 24) return null;
  const set = (i: number, x: number) => {
    const values = [...now.input];
    values[i] = x;
    example.value = { values };
  };
  return (
    <Panel title="Measurements" note="change one, and see what it is taken for">
      <div class="measurements">
        {now.input.map((x, i) => (
          <label class="field" key={i}><span>{told.features[i] ?? `feature ${i}`}</span>
            <input type="number" step="any" value={Number(x.toPrecision(5))} onInput={(e) => { const value = Number(e.currentTarget.value); if (e.currentTarget.value !== "" && Number.isFinite(value)) set(i, value); }} />
          </label>
        ))}
      </div>
    </Panel>
  );
}
