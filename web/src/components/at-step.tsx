import { count } from "../draw/number";
import { step as here } from "../state/lab";

/** After how many steps a number was measured; marked where the network has gone on since. */
export function AtStep({ step }: { step: number | null | undefined }) {
  if (step === null || step === undefined) return null;
  const old = step !== here.value;
  return <span class={old ? "at-step old" : "at-step"} title={old ? `Measured at step ${count(step)}; the network stands at step ${count(here.value)}` : "Of the step that is shown"}>step {count(step)}</span>;
}
