import { useEffect, useRef, useState } from "preact/hooks";
import { Bars } from "../components/bars";
import { AtStep } from "../components/at-step";
import { Panel } from "../components/panel";
import { css, extent } from "../draw/colour";
import { glyph } from "../draw/letters";
import { brief, loss } from "../draw/number";
import { likeliest } from "../draw/shares";
import { called } from "../state/example";
import { attempt, client, identity, task, vocabulary, words } from "../state/lab";
import { prediction, predictionProblem, settings, usePrediction } from "../state/prediction";
import { CONTEXT_LETTERS, context, example, target, temperature, topK, topP, view } from "../state/view";

/** Type a context, see what comes next. */
export function NextLetter() {
  usePrediction();
  const now = prediction.value;
  const names = vocabulary.value;
  return (
    <div class="next-letter">
      <ContextField />
      <Generate />
      <Importance />
      <Softmax />
      <Panel
        title="Next letter"
        note={now && <><AtStep step={now.step} /> <TargetLoss /></>}
        kept={{
          name: `${identity.value}-next-letter`,
          table: () => [["letter", "logit", "probability", "probability at temperature 1", "unedited"], ...names.map((name, i) => [name, now?.logits[i] ?? null, now?.probabilities[i] ?? null, now?.plain[i] ?? null, now?.unedited?.probabilities[i] ?? null])],
        }}
      >
        {predictionProblem.value
          ? <p class="warning" role="alert">{predictionProblem.value}</p>
          : now && (
            <Bars
              names={names} probabilities={now.probabilities} logits={now.logits} unedited={now.unedited?.probabilities}
              target={now.target === null ? null : names.indexOf(now.target)} label={`Probabilities of the letter after “${context.value}”`}
              onPick={(i) => { const name = names[i] ?? ""; target.value = target.value === name ? "" : name; }}
            />
          )}
        <p class="quiet">Click a letter to make it the target of the loss{now?.unedited && <>; the upright line in a bar is the model <b>without</b> your edits</>}.</p>
      </Panel>
    </div>
  );
}

function TargetLoss() {
  const now = prediction.value;
  if (!now || now.target === null || now.loss === null) return null;
  return (
    <span data-testid="target-loss">
      loss for <b>{glyph(now.target)}</b>: −ln p = <b>{loss(now.loss)}</b>
      {now.unedited && now.unedited.loss !== null && <> (unedited {loss(now.unedited.loss)})</>}
    </span>
  );
}

/** What is looked at: what has been written so far, or an example. */
export function ContextField() {
  const names = vocabulary.value;
  if (task.value && !words.value) {
    return <p class="quiet">Looked at: <b>{called(example.value)}</b>. Another is chosen in <button type="button" class="plain" onClick={() => { view.value = "classes"; }}>Examples</button>.</p>;
  }
  return (
    <label class="field context">
      <span>{words.value ? "Word" : "Context: what has been written so far"}</span>
      <input
        value={context.value} maxLength={CONTEXT_LETTERS} spellcheck={false} autocomplete="off" autocapitalize="off"
        placeholder={names.length > 0 && names.length < 40 ? "type letters, e.g. emm" : "type the beginning of a text"}
        onInput={(e) => { context.value = e.currentTarget.value; }}
      />
    </label>
  );
}

const shown = (text: string): string => (text.length > 30 ? `…${text.slice(-30)}` : text);

/** One letter at a time, or on until the end mark. */
function Generate() {
  const [running, setRunning] = useState(false);
  /** Why it does not go on from this text. */
  const [over, setOver] = useState<{ text: string; why: string } | null>(null);
  const going = useRef(false);
  /** Whether there is more to come. */
  const one = async (): Promise<boolean> => {
    const now = client.peek();
    if (!now) return false;
    const before = context.peek();
    const made = await attempt(() => now.generate({ count: 1, prompt: before, length: 1, seed: Math.floor(Math.random() * 2 ** 31), ...settings.peek() }));
    const sample = made?.samples[0];
    // What was typed meanwhile counts.
    if (!sample || context.peek() !== before || client.peek() !== now) return false;
    if (sample.ended) {
      setOver({ text: before, why: "ended here" });
      return false;
    }
    context.value = sample.text;
    if (sample.text.length < CONTEXT_LETTERS) return true;
    setOver({ text: sample.text, why: `has ${CONTEXT_LETTERS} letters: the field holds no more` });
    return false;
  };
  const run = async () => {
    going.current = !going.current;
    setRunning(going.current);
    while (going.current && context.peek().length < CONTEXT_LETTERS && (await one())) await new Promise((done) => setTimeout(done, 350));
    going.current = false;
    setRunning(false);
  };
  const told = over !== null && over.text === context.value;
  useEffect(() => () => { going.current = false; }, []);
  return (
    <div class="row">
      <button type="button" onClick={() => void one()} disabled={running}>Draw a letter</button>
      <button type="button" onClick={() => void run()} aria-pressed={running}>{running ? "Stop" : "Run on"}</button>
      <button type="button" onClick={() => { context.value = ""; }} disabled={running || context.value === ""}>Clear</button>
      <span class="quiet" aria-live="polite">{told && over ? `“${shown(over.text)}” ${over.why}` : ""}</span>
    </div>
  );
}

/** Which letters of the context mattered. */
function Importance() {
  const now = prediction.value;
  const scores = now?.importance;
  if (!now || !scores || scores.length === 0) return null;
  const range = extent(scores.map((s) => s.score));
  const about = now.target ?? vocabulary.value[likeliest(now.probabilities)];
  return (
    <Panel
      title="Which letters mattered" note={<>gradient × input, for the logit of <b>{glyph(about)}</b></>}
      kept={{ name: `${identity.value}-importance`, table: () => [["position", "letter", "score"], ...scores.map((s) => [s.position, s.letter, s.score])] }}
    >
      <ol class="importance">
        {scores.map((s) => (
          <li key={s.position}>
            <b>{glyph(s.letter)}</b><i style={{ background: css(s.score, range) }} /><span>{s.score > 0 ? "+" : ""}{brief(s.score)}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Softmax() {
  const size = vocabulary.value.length;
  return (
    <div class="softmax">
      <Slider name="Temperature" value={temperature.value} low={0} high={3} by={0.05} give={(v) => { temperature.value = v; }} text={temperature.value === 0 ? "0: always the likeliest" : brief(temperature.value)} />
      <Slider name="Top-k" value={topK.value} low={0} high={size} by={1} give={(v) => { topK.value = v; }} text={topK.value === 0 ? "all" : String(topK.value)} />
      <Slider name="Top-p" value={topP.value} low={0.01} high={1} by={0.01} give={(v) => { topP.value = v; }} text={topP.value === 1 ? "all" : brief(topP.value)} />
    </div>
  );
}

export function Slider({ name, value, low, high, by, give, text }: { name: string; value: number; low: number; high: number; by: number; give: (value: number) => void; text: string }) {
  return (
    <label class="field">
      <span>{name} <b class="out">{text}</b></span>
      <input type="range" min={low} max={high} step={by} value={value} aria-valuetext={text} onInput={(e) => give(Number(e.currentTarget.value))} />
    </label>
  );
}
