import { useState } from "preact/hooks";
import type { Part } from "../../api/types";
import { AtStep } from "../../components/at-step";
import { Panel } from "../../components/panel";
import { count, percent } from "../../draw/number";
import { parts } from "../../state/example";
import { identity, task } from "../../state/lab";
import { usePolled } from "../../state/polled";

/** Choosing one of the parts that the data has. */
export function PartChoice({ value, give }: { value: Part; give: (part: Part) => void }) {
  return (
    <label class="small">of{" "}
      <select value={value} onChange={(e) => give(e.currentTarget.value as Part)}>{parts().map((p) => <option key={p} value={p}>{p} ({task.value?.sizes[p]})</option>)}</select>
    </label>
  );
}

/** Which class is taken for which. */
export function ConfusionView() {
  const [part, setPart] = useState<Part>(parts()[0] ?? "train");
  const seen = usePolled((c) => c.confusion(part), `confusion ${part}`, { everyMs: 700 }).value;
  const now = seen.answer;
  if (seen.problem) return <p class="quiet">{seen.problem}</p>;
  if (!now) return <p class="quiet">Counting…</p>;
  const n = now.classes.length;
  const counted = now.matrix.flat().reduce((a, b) => a + b, 0);
  const all = task.value?.sizes[part] ?? counted;
  return (
    <Panel
      title="Confusion" note={<><AtStep step={now.step} /> rows are, columns were taken for; accuracy <b data-testid="accuracy-of-part">{percent(now.accuracy)}</b>{counted < all && <> on {count(counted)} of {count(all)}, evenly spread</>}</>}
      tools={<PartChoice value={part} give={setPart} />}
      kept={{ name: `${identity.value}-confusion`, table: () => [["is", ...now.classes], ...now.matrix.map((row, i) => [now.classes[i] ?? null, ...row])] }}
    >
      <div class="wide" tabIndex={0} role="region" aria-label="Confusion matrix">
        <table class="confusion">
          <thead><tr><th scope="col">is \ taken for</th>{now.classes.map((c) => <th scope="col" key={c}>{c}</th>)}<th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th></tr></thead>
          <tbody>
            {now.matrix.map((row, i) => {
              const of = now.of_class[i];
              const sum = row.reduce((a, b) => a + b, 0);
              return (
                <tr key={now.classes[i]}>
                  <th scope="row">{now.classes[i]}</th>
                  {row.map((count, j) => (
                    <td key={j} class={i === j ? "right-one" : count > 0 ? "wrong-one" : ""}>
                      <span class="share" style={{ opacity: sum > 0 ? (0.5 * count) / sum : 0 }} /><b>{count}</b>
                    </td>
                  ))}
                  <td>{percent(of?.precision ?? null)}</td><td>{percent(of?.recall ?? null)}</td><td>{percent(of?.f1 ?? null)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {n === 0 && <p class="quiet">There are no classes.</p>}
    </Panel>
  );
}
