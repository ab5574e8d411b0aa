import { useEffect } from "preact/hooks";
import { brief, count, loss, percent } from "../draw/number";
import { AtStep } from "../components/at-step";
import { commands, heldOut, playing, session, status, step, trainable } from "../state/lab";

const WORDS: Record<string, string> = {
  paused: "paused", playing: "training", replaying: "replaying", finished: "finished", diverged: "stopped", asleep: "asleep",
};

/** Play, pause, step, rewind, and where training stands. */
export function Transport() {
  const state = session.value;
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      if (at.closest("input, select, textarea, button, summary, [role=application], [role=tab]") || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === " " || event.key === "k") void commands.toggle();
      else if (event.key === ".") void commands.step();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, []);
  const busy = !state || status.value === "replaying" || !trainable.value;
  const over = state !== null && status.value === "finished" && state.step >= state.steps;
  return (
    <section class="transport" aria-label="Training">
      <div class="buttons">
        <button
          type="button" class={playing.value ? "play on" : "play"} disabled={busy}
          onClick={() => void (over ? commands.change({ steps: (state?.steps ?? 0) * 2 }).then(commands.play) : commands.toggle())}
        >
          <Glyph path={playing.value ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 2.5v11l9-5.5z"} />
          {playing.value ? "Pause" : !trainable.value && state ? "Counted" : over ? "Train on" : "Play"}
        </button>
        <button type="button" disabled={busy} onClick={() => void commands.step()} title="One step (.)"><Glyph path="M3 3l6 5-6 5zM10 3h3v10h-3z" />Step</button>
        <button type="button" disabled={busy || (state?.step === 0 && status.value !== "diverged")} onClick={() => void commands.goto(0)} title="Back to step 0: the same first numbers, to the bit"><Glyph path="M13 3v10L6 8zM3 3h3v10H3z" />Rewind</button>
      </div>
      <dl class="meters">
        <div><dt>Step</dt><dd data-testid="step">{count(state?.step ?? 0)}</dd></div>
        <div><dt>Loss</dt><dd><span data-testid="loss" title="Of the batches of the last step">{loss(state?.loss)}</span> <Old step={state?.loss_step} /></dd></div>
        <div><dt>{heldOut.value === "dev" ? "Dev" : "Test"} loss</dt><dd><span data-testid="dev-loss">{loss(state?.dev_loss)}</span> <Old step={state?.dev_step} /></dd></div>
        {state?.task && state.task.reading !== "values" && <div><dt>Accuracy</dt><dd><span data-testid="accuracy">{percent(state.accuracy)}</span> <Old step={state.dev_step} /></dd></div>}
        <div><dt>Steps/s</dt><dd>{playing.value && state?.steps_per_second ? count(Math.round(state.steps_per_second)) : "–"}</dd></div>
        <div><dt>Learning rate</dt><dd>{brief(state?.learning_rate)}</dd></div>
        <div><dt>Now</dt><dd data-testid="status">{state?.replay ? `replaying to ${count(state.replay.to)}` : WORDS[status.value]}</dd></div>
      </dl>
    </section>
  );
}

/** The step of a number that is not of the step beside it. */
function Old({ step: of }: { step: number | null | undefined }) {
  return of !== null && of !== undefined && of !== step.value ? <AtStep step={of} /> : null;
}

function Glyph({ path }: { path: string }) {
  return <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d={path} fill="currentColor" /></svg>;
}
