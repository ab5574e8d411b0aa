import { useEffect, useState } from "preact/hooks";
import type { Trace, TraceOperation, TracePart, TensorValues } from "../api/types";
import { Heatmap } from "../components/heatmap";
import { Panel } from "../components/panel";
import { extent } from "../draw/colour";
import { filled, grid } from "../draw/grid";
import { brief, count, exact, loss, position, shape } from "../draw/number";
import { attempt, client, commands, identity, playing, tell } from "../state/lab";

interface Moment { phase: string; operation: TraceOperation }

const PHASES: Record<string, string> = {
  forward: "Forward: from the letters to the logits",
  loss: "Loss: how wrong the logits were",
  backward: "Backward: what each number did to the loss",
  update: "Update: every parameter a little downhill",
};

/** One step of training, one operation at a time, with the numbers that went in and came out. */
export function SlowStep() {
  const [trace, setTrace] = useState<Trace | null>(null);
  const [at, setAt] = useState(0);
  const id = identity.value;
  useEffect(() => {
    setTrace(null);
    setAt(0);
  }, [id]);
  const make = async () => {
    const now = client.peek();
    if (!now) return;
    if (playing.peek()) await commands.pause();
    const made = await attempt(() => now.trace());
    if (!made) return;
    setTrace(made);
    setAt(0);
  };
  const moments: Moment[] = trace?.phases.flatMap((p) => p.operations.map((operation) => ({ phase: p.phase, operation }))) ?? [];
  const now = moments[Math.min(at, moments.length - 1)];
  const go = (to: number) => setAt(Math.max(0, Math.min(moments.length - 1, to)));
  const keys = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).closest("input, select, [role=application]")) return;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: moments.length - 1 }[event.key];
    if (to === undefined) return;
    go(to);
    event.preventDefault();
  };
  return (
    <div class="slow" onKeyDown={keys}>
      <Panel
        title="One step, slowly"
        note={trace && <>step {count(trace.step)} · loss {loss(trace.loss)} · learning rate {brief(trace.learning_rate)}</>}
        tools={<button type="button" class="primary" onClick={() => void make()}>{trace ? "Make the next step" : "Make a step and watch it"}</button>}
        {...(trace ? { kept: { name: `${id}-step-${trace.step}`, table: () => [["phase", "operation", "module", "name", "formula", "inputs", "output"], ...moments.map((m) => [m.phase, m.operation.op, m.operation.path, m.operation.name, m.operation.formula, m.operation.inputs.map(told).join("; "), results(m.operation).map(told).join("; ")])] } } : {})}
      >
        {!trace && <p class="quiet">A step is a pass forward, the loss, a pass backward and an update. Here it is taken apart into its operations; each shows its formula, the numbers that went in and the numbers that came out.</p>}
        {trace && now && (
          <>
            <WhatItDid trace={trace} />
            <div class="walk">
              <button type="button" onClick={() => go(at - 1)} disabled={at === 0}>← Back</button>
              <label class="grow"><span class="hidden">Operation</span>
                <input type="range" min="0" max={moments.length - 1} value={at} aria-valuetext={`${now.phase}, ${now.operation.op}`} onInput={(e) => go(Number(e.currentTarget.value))} />
              </label>
              <button type="button" class="primary" onClick={() => go(at + 1)} disabled={at >= moments.length - 1}>Next →</button>
            </div>
            <ol class="phases">
              {trace.phases.map((p) => (
                <li key={p.phase}><button type="button" aria-pressed={p.phase === now.phase} onClick={() => go(moments.findIndex((m) => m.phase === p.phase))}>{p.phase} <span class="quiet">{p.operations.length}</span></button></li>
              ))}
            </ol>
          </>
        )}
      </Panel>
      {now && <Shown key={`${trace?.step} ${at}`} moment={now} number={at + 1} of={moments.length} />}
    </div>
  );
}

/** What the parts of the step came to, beyond the operations of the first. */
function WhatItDid({ trace }: { trace: Trace }) {
  const { micro_batches: parts, norm, clip_scale: scale } = trace;
  return (
    <ul class="quiet what-it-did" data-testid="what-it-did">
      {parts.length > 1 && <li>{parts.length} micro-batches, loss {parts.map((p) => loss(p.loss)).join(", ")}: their mean over {count(parts.reduce((sum, p) => sum + p.predictions, 0))} predictions is {loss(trace.loss)}. Forward, loss and backward below are those of the first; the update is that of all.</li>}
      <li>Norm of all gradients together <b>{brief(norm)}</b>{scale < 1 ? <>: limited, every gradient × <b>{brief(scale)}</b>, to a norm of {brief(norm * scale)}</> : ", not limited"}.</li>
    </ul>
  );
}

const told = (part: TracePart): string => `${part.name ?? "–"} ${shape(part.shape)}`;
const results = (operation: TraceOperation): TracePart[] => operation.outputs ?? (operation.output ? [operation.output] : []);

function Shown({ moment, number, of }: { moment: Moment; number: number; of: number }) {
  const { operation, phase } = moment;
  const backward = phase === "backward";
  return (
    <section class="operation" aria-live="polite" aria-label={`Operation ${number} of ${of}`}>
      <h3>{PHASES[phase] ?? phase} · {number} of {of}</h3>
      <p class="formula"><b>{operation.name ?? operation.op}</b>{operation.path && <span class="quiet"> in {operation.path}</span>}<code>{operation.formula}</code></p>
      <div class="in-out">
        <div><h3>{backward ? "gradient that arrived" : "in"}</h3>{operation.inputs.map((part, i) => <Part key={i} part={part} />)}{operation.inputs.length === 0 && <p class="quiet">nothing</p>}</div>
        <span class="arrow" aria-hidden="true">→</span>
        <div><h3>{backward ? "gradients passed on" : "out"}</h3>{results(operation).map((part, i) => <Part key={i} part={part} />)}</div>
      </div>
    </section>
  );
}

/** The numbers of one operand. */
function Part({ part }: { part: TracePart }) {
  const [values, setValues] = useState<TensorValues | null>(null);
  const [at, setAt] = useState<number | null>(null);
  useEffect(() => {
    let gone = false;
    const index = part.shape.length > 2 ? [...part.shape.slice(0, -2).map(() => "0"), ":", ":"].join(",") : undefined;
    client.peek()?.traceTensor(part.tensor, index).then((found) => { if (!gone) setValues(found); }, (problem) => { if (!gone) tell(problem); });
    return () => { gone = true; };
  }, [part.tensor]);
  const cells = values && grid(values.shape);
  const few = values !== null && values.values.length <= 8;
  return (
    <div class="operand">
      <p><b>{part.name ?? "unnamed"}</b> <span class="quiet">{shape(part.shape)}{part.shape.length > 2 && ", the first of it"}</span></p>
      {values && cells && (few
        ? <p class="mono">{Array.from(values.values, exact).join(", ")}</p>
        : (
          <>
            <Heatmap values={filled(values.values, cells.rows * cells.columns)} rows={cells.rows} columns={cells.columns} range={extent(values.values)} tallest={200} largest={20} label={`Numbers of ${part.name ?? "an unnamed value"}`} onPoint={(c) => setAt(c !== null && c < cells.numbers ? c : null)} />
            <p class="mono quiet">{at === null ? `mean ${brief(mean(values.values))}` : `[${position(at, values.shape).join(", ")}] = ${exact(values.values[at] ?? 0)}`}</p>
          </>
        ))}
    </div>
  );
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const v of values) sum += v;
  return values.length > 0 ? sum / values.length : 0;
}
