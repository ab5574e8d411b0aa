import { useState } from "preact/hooks";
import { count } from "../draw/number";
import { commands, session, status } from "../state/lab";
import { folded } from "../state/view";

/** Where training stands between step 0 and its end; any step can be gone to. */
export function Timeline() {
  const state = session.value;
  const [aim, setAim] = useState<number | null>(null);
  // What is being typed stays, while the step beside it runs on.
  const [typed, setTyped] = useState<string | null>(null);
  if (!state) return null;
  const end = Math.max(state.steps, state.step, 1);
  const busy = status.value === "replaying";
  const go = (to: number) => {
    setAim(null);
    setTyped(null);
    if (Number.isFinite(to) && to !== state.step) void commands.goto(Math.max(0, Math.trunc(to)));
  };
  const marks = state.checkpoints.filter((c) => c > 0);
  return (
    <section class="timeline" aria-label="Timeline">
      <button type="button" class="fold" aria-expanded={!folded.value} onClick={() => { folded.value = !folded.value; }}>{folded.value ? "Show charts" : "Hide charts"}</button>
      <label class="hidden" for="timeline">Go to step</label>
      <div class="track">
        <input
          id="timeline" type="range" min="0" max={end} step="1" value={aim ?? state.step} disabled={busy}
          aria-valuetext={`step ${count(aim ?? state.step)} of ${count(end)}`}
          onInput={(e) => setAim(Number(e.currentTarget.value))}
          onChange={(e) => go(Number(e.currentTarget.value))}
        />
        <div class="marks" aria-hidden="true">{marks.map((c) => <i key={c} style={{ left: `${(c / end) * 100}%` }} />)}</div>
      </div>
      <form onSubmit={(e) => { e.preventDefault(); if (typed !== null && typed !== "") go(Number(typed)); }}>
        <label>step <input name="step" type="number" min="0" max={end} step="1" value={typed ?? aim ?? state.step} aria-label="Step to go to" onInput={(e) => setTyped(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === "Escape") setTyped(null); }} /></label> of {count(end)}
        <button type="submit" disabled={busy}>Go</button>
      </form>
      {marks.length > 0 && (
        <label class="small">checkpoints{" "}
          <select value="" onChange={(e) => go(Number(e.currentTarget.value))}>
            <option value="" disabled>{marks.length}</option>
            {marks.map((c) => <option key={c} value={c}>{count(c)}</option>)}
          </select>
        </label>
      )}
    </section>
  );
}
