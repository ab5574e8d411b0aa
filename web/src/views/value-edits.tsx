import { useMemo, useState } from "preact/hooks";
import type { NetworkValue, NewEdit, Range } from "../api/types";
import { Panel } from "../components/panel";
import { exact, brief, position } from "../draw/number";
import { edit, sliding } from "../state/editing";
import { client, identity, language, model, sessions, source, words } from "../state/lab";
import { useTensor } from "../state/tensor";
import { cell } from "../state/view";

/** What can be done to a value; every change goes into the edit log. */
export function ValueEdits({ value }: { value: NetworkValue }) {
  if (value.kind === "parameter") return <ParameterEdits value={value} />;
  if (value.kind === "activation") return <ActivationEdits value={value} />;
  return null;
}

const randomSeed = (): number => Math.floor(Math.random() * 2 ** 31);

function ParameterEdits({ value }: { value: NetworkValue }) {
  const { name, shape } = value;
  const [factor, setFactor] = useState(1);
  const [noise, setNoise] = useState(0.1);
  const slide = useMemo(() => sliding((factor) => ({ kind: "parameter", name, range: null, operation: "scale_about_mean", value: factor })), [name]);
  const whole = (operation: NonNullable<NewEdit["operation"]>, more: Partial<NewEdit> = {}) => void edit({ kind: "parameter", name, range: null, operation, ...more });
  return (
    <Panel title="Change it">
      <label class="field">
        <span>Scale about its mean <b class="out">× {brief(factor)}</b></span>
        <input
          type="range" min="0" max="3" step="0.01" value={factor} aria-valuetext={`times ${brief(factor)}`}
          onInput={(e) => { const next = Number(e.currentTarget.value); setFactor(next); slide.move(next); }}
          onChange={() => { slide.done(); setFactor(1); }}
        />
      </label>
      <CellEdit name={name} shape={shape} />
      <div class="row">
        <button type="button" onClick={() => whole("zero")}>Set all to zero</button>
        <label class="small">noise, std <input type="number" class="narrow" min="0" step="any" value={noise} onInput={(e) => setNoise(Number(e.currentTarget.value))} /></label>
        <button type="button" onClick={() => whole("noise", { value: noise, seed: randomSeed() })}>Add noise</button>
      </div>
    </Panel>
  );
}

/** The kept cell's number, to be typed anew. */
function CellEdit({ name, shape }: { name: string; shape: readonly number[] }) {
  const at = cell.value;
  const seen = useTensor(at === null || shape.length > 2 ? null : { name, part: "value" }).value;
  const [typed, setTyped] = useState<string | null>(null);
  if (at === null || shape.length > 2) return <p class="quiet">Click a cell above to set its number.</p>;
  const now = seen.answer?.values[at];
  const where = position(at, shape);
  const range: Range = where.map((i) => [i, i + 1]);
  return (
    <form
      class="row" onSubmit={(e) => {
        e.preventDefault();
        const x = Number(typed);
        if (typed === null || typed.trim() === "" || !Number.isFinite(x)) return;
        void edit({ kind: "parameter", name, range, operation: "set", value: x }).then(() => setTyped(null));
      }}
    >
      <label class="field grow"><span>cell [{where.join(", ")}]</span>
        <input inputMode="decimal" disabled={now === undefined} value={typed ?? (now === undefined ? "" : exact(now))} onInput={(e) => setTyped(e.currentTarget.value)} />
      </label>
      <button type="submit" disabled={typed === null}>Set</button>
      <button type="button" onClick={() => void edit({ kind: "parameter", name, range, operation: "zero" })}>Zero</button>
    </form>
  );
}

function ActivationEdits({ value }: { value: NetworkValue }) {
  const { name, shape } = value;
  const [factor, setFactor] = useState(1);
  const [from, setFrom] = useState("");
  const [other, setOther] = useState("");
  const alike = sessions.value.filter((s) => s.id !== identity.value && s.model === model.value);
  const [axis, setAxis] = useState(-1);
  const [at, setAt] = useState(0);
  // Sizes of axis 0 differ between contexts and batches: an edit keeps to an axis of the model.
  const range: Range = axis < 0 ? null : shape.map((_, i) => (i === axis ? [at, at + 1] : null));
  const slide = useMemo(() => sliding((factor) => ({ kind: "activation", name, range, operation: "scale", value: factor })), [name, JSON.stringify(range)]);
  const make = (operation: NonNullable<NewEdit["operation"]>, more: Partial<NewEdit> = {}) => void edit({ kind: "activation", name, range, operation, ...more });
  const axes = shape.map((size, i) => [i, size] as const).filter(([i, size]) => i > 0 && size > 1);
  return (
    <Panel title="Change it" note="in every prediction, not in training">
      {axes.length > 0 && (
        <div class="row">
          <label class="field"><span>Part</span>
            <select value={axis} onChange={(e) => { setAxis(Number(e.currentTarget.value)); setAt(0); }}>
              <option value={-1}>all of it</option>
              {axes.map(([i, size]) => <option key={i} value={i}>{size === 1 ? `axis ${i}` : `one of axis ${i} (${size}${/heads|pattern|scores/.test(name) && i === 1 ? " heads" : ""})`}</option>)}
            </select>
          </label>
          {axis >= 0 && <label class="field"><span>which</span><input type="number" class="narrow" min="0" max={(shape[axis] ?? 1) - 1} value={at} onInput={(e) => setAt(Math.max(0, Math.min((shape[axis] ?? 1) - 1, Math.trunc(Number(e.currentTarget.value)) || 0)))} /></label>}
        </div>
      )}
      <label class="field">
        <span>Scale <b class="out">× {brief(factor)}</b></span>
        <input
          type="range" min="-2" max="3" step="0.01" value={factor} aria-valuetext={`times ${brief(factor)}`}
          onInput={(e) => { const next = Number(e.currentTarget.value); setFactor(next); slide.move(next); }} onChange={() => { slide.done(); setFactor(1); }}
        />
      </label>
      <div class="row">
        <button type="button" onClick={() => make("zero")}>Ablate (zero)</button>
        <button type="button" onClick={() => make("mean")}>Put its mean</button>
      </div>
      <form class="row" onSubmit={(e) => { e.preventDefault(); make("patch", { value: { context: from, ...(other ? { session: other } : {}) } }); }}>
        <label class="field grow"><span>Patch in what it is for the {language.value || words.value ? "context" : "example"}</span>
          <input value={from} spellcheck={false} onInput={(e) => setFrom(e.currentTarget.value)} placeholder={language.value || words.value ? (source.value.context ?? "") : "train:0"} />
        </label>
        {alike.length > 0 && (
          <label class="field"><span>in</span>
            <select value={other} onChange={(e) => setOther(e.currentTarget.value)}><option value="">this session</option>{alike.map((s) => <option key={s.id}>{s.id}</option>)}</select>
          </label>
        )}
        <button type="submit" disabled={client.value === null}>Patch</button>
      </form>
    </Panel>
  );
}
