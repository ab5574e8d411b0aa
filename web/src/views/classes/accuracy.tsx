import { Lines } from "../../components/lines";
import { AtStep } from "../../components/at-step";
import { Panel } from "../../components/panel";
import { percent } from "../../draw/number";
import { heldOut, identity, losses, session, task } from "../../state/lab";

/** How much of what it has not learned from it tells right, as it trains. */
export function Accuracy() {
  const { accuracy } = losses.value;
  const told = task.value;
  if (!told) return null;
  const part = heldOut.value;
  if (told.reading === "values") {
    return <Panel title="Values" class="samples"><p class="quiet centred">The model tells values and no classes: how near they come is its loss.</p></Panel>;
  }
  return (
    <Panel
      title="Accuracy" class="samples" note={<>of the {told.sizes[part]} {part} examples, <b>{percent(session.value?.accuracy)}</b> told right <AtStep step={session.value?.dev_step} /></>}
      kept={{ name: `${identity.value}-accuracy`, table: () => [["step", "accuracy"], ...accuracy.x.map((x, i) => [x, accuracy.y[i] ?? null])] }}
    >
      {accuracy.x.length > 0
        ? <Lines lines={[{ name: part, x: accuracy.x, y: accuracy.y, tone: "orange", width: 2, points: accuracy.x.length < 40 }]} label={`Accuracy of the ${part} part by step`} />
        : <p class="quiet centred">It appears while it trains.</p>}
    </Panel>
  );
}
