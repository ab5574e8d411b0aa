import { Bars } from "../../components/bars";
import { AtStep } from "../../components/at-step";
import { Panel } from "../../components/panel";
import { brief, loss, percent } from "../../draw/number";
import { asked, called, useClassified } from "../../state/example";
import { identity, task } from "../../state/lab";

/** What the model says of the example that is looked at. */
export function AnswerView() {
  const seen = useClassified();
  const now = seen.answer;
  const told = task.value;
  if (!told) return null;
  const classes = told.classes;
  return (
    <Panel
      title="What it says" note={<>{now && <AtStep step={now.step} />} of {called(asked.value)}{now?.label != null && <>, which is <b>{classes[now.label]}</b></>}{now?.loss != null && <> · loss {loss(now.loss)}</>}</>}
      kept={{ name: `${identity.value}-answer`, table: () => [[told.reading === "values" ? "value" : "class", "output", "probability", "unedited"], ...classes.map((c, i) => [c, now?.outputs[i] ?? null, now?.probabilities[i] ?? null, now?.unedited?.[i] ?? null])] }}
    >
      {seen.problem && <p class="warning" role="alert">{seen.problem}</p>}
      {now && now.class !== null && (
        <>
          <p class="verdict" aria-live="polite" data-testid="verdict"><b>{classes[now.class]}</b> <span>{percent(now.probabilities[now.class] ?? null)}</span></p>
          <Bars
            names={classes} probabilities={now.probabilities} {...(now.outputs.length === classes.length ? { logits: now.outputs } : {})} unedited={now.unedited ?? undefined}
            target={now.label} label={`Probabilities of the classes for ${called(asked.value)}`}
          />
        </>
      )}
      {now && now.class === null && classes.length <= 12 && (
        <table><thead><tr><th scope="col">value</th><th scope="col">said</th>{now.wanted && <th scope="col">wanted</th>}</tr></thead>
          <tbody>{classes.map((c, i) => <tr key={c}><th scope="row">{c}</th><td>{brief(now.outputs[i])}</td>{now.wanted && <td>{brief(now.wanted[i])}</td>}</tr>)}</tbody>
        </table>
      )}
    </Panel>
  );
}
