import { useState } from "preact/hooks";
import type { Compared, Edit, EditLog, LetterGraph, Sample } from "../api/types";
import { Bars } from "../components/bars";
import { Panel } from "../components/panel";
import { download } from "../draw/save";
import { brief, count, loss } from "../draw/number";
import { onLog } from "../state/editing";
import { attempt, client, editLog, edited, heldOut, identity, language, tell, vocabulary } from "../state/lab";
import { prediction, usePrediction } from "../state/prediction";
import { context, show, temperature } from "../state/view";
import { AnswerView } from "./classes/answer";
import { ContextField } from "./next-letter";

/** Every change to the network, in order; and the network with and without them. */
export function Edits() {
  if (language.value) return <OfLetters />;
  return (
    <div class="edits-view">
      <Log />
      <ContextField />
      <AnswerView />
      <Sides />
    </div>
  );
}

function OfLetters() {
  usePrediction();
  return (
    <div class="edits-view">
      <Log />
      <ContextField />
      <SideBySide />
    </div>
  );
}

const OPERATIONS: Record<string, string> = {
  scale_about_mean: "scaled about its mean, ×", scale: "scaled, ×", add: "plus", set: "set to", zero: "set to zero",
  noise: "noise added, std", mean: "put at its mean", patch: "patched in from", letters: "letters connected",
};

function where(edit: Edit): string {
  if (!edit.range || edit.range.every((r) => r === null)) return "";
  return `[${edit.range.map((r) => (r === null ? ":" : r[1] - r[0] === 1 ? r[0] : `${r[0]}:${r[1]}`)).join(", ")}]`;
}

/** An entry of the log as a sentence. */
export function sentence(edit: Edit): string {
  if (edit.kind === "learning_rate") return edit.value === null ? "learning rate back to its schedule" : `learning rate ${brief(edit.value as number)}`;
  const words = OPERATIONS[edit.operation ?? ""] ?? edit.operation ?? "";
  const value = edit.value;
  let what = "";
  if (typeof value === "number") what = brief(value);
  else if (value && "connections" in value) what = `: ${(value as LetterGraph).connections.length}, strength ${brief((value as LetterGraph).strength)}`;
  else if (value && "context" in value) what = `“${value.context}”${value.session ? ` in ${value.session}` : ""}`;
  const ablated = edit.kind === "activation" && edit.operation === "zero" ? "ablated (zero)" : `${words} ${what}`;
  return `${edit.name ?? "logits"}${where(edit)} ${ablated}`.trim();
}

function Log() {
  const list = editLog.value?.edits ?? [];
  const move = (i: number, by: number) => {
    const ids = list.map((e) => e.id);
    const [one] = ids.splice(i, 1);
    if (one !== undefined) ids.splice(i + by, 0, one);
    void onLog(async () => client.peek()?.order(ids));
  };
  const save = () => {
    if (editLog.value) download(`${identity.value}-edits.json`, new Blob([JSON.stringify(editLog.value, null, 2)], { type: "application/json" }));
  };
  const load = async (file: File | undefined) => {
    if (!file) return;
    let log: EditLog;
    try {
      log = JSON.parse(await file.text()) as EditLog;
    } catch {
      return tell(`${file.name} is not an edit log: it is not JSON`);
    }
    await onLog(async () => client.peek()?.load(log));
  };
  return (
    <Panel
      title="Edit log" note={`${list.length} ${list.length === 1 ? "edit" : "edits"}`}
      tools={
        <span class="row">
          <button type="button" onClick={() => void onLog(async () => client.peek()?.undo())} disabled={list.length === 0}>Undo</button>
          <button type="button" onClick={() => void onLog(async () => client.peek()?.redo())}>Redo</button>
          <button type="button" onClick={() => void onLog(async () => client.peek()?.replay())} title="From step 0 to here again, every edit at its step: the same bits">Replay</button>
          <button type="button" onClick={save} disabled={!editLog.value}>Save</button>
          <label class="button">Load<input type="file" accept=".json,application/json" class="hidden" onChange={(e) => { const input = e.currentTarget; void load(input.files?.[0]).then(() => { input.value = ""; }); }} /></label>
        </span>
      }
    >
      {list.length === 0 && <p class="quiet">Nothing is changed yet. Pick a value in the network: the inspector scales it, sets its cells, ablates it or patches it.</p>}
      {list.length > 0 && (
        <div class="wide" tabIndex={0} role="region" aria-label="Edits in order">
          <table class="log">
            <thead><tr><th>on</th><th>step</th><th>change</th><th>value</th><th>order</th></tr></thead>
            <tbody>
              {list.map((e, i) => (
                <tr key={e.id} class={e.enabled ? "" : "off"}>
                  <td><input type="checkbox" checked={e.enabled} aria-label={`Edit ${i + 1} in force`} onChange={(event) => { const enabled = event.currentTarget.checked; void onLog(async () => client.peek()?.putEdit(e.id, { ...bare(e), enabled })); }} /></td>
                  <td>{count(e.step)}</td>
                  <td>{e.name ? <button type="button" class="plain" onClick={() => show(e.name ?? "")}>{sentence(e)}</button> : sentence(e)}</td>
                  <td>{typeof e.value === "number" && (
                    <input type="number" step="any" class="narrow" value={e.value} aria-label={`Value of edit ${i + 1}`} onChange={(event) => { const value = Number(event.currentTarget.value); if (Number.isFinite(value)) void onLog(async () => client.peek()?.putEdit(e.id, { ...bare(e), value })); }} />
                  )}</td>
                  <td class="row">
                    <button type="button" aria-label={`Edit ${i + 1} earlier`} disabled={i === 0} onClick={() => move(i, -1)}>↑</button>
                    <button type="button" aria-label={`Edit ${i + 1} later`} disabled={i === list.length - 1} onClick={() => move(i, 1)}>↓</button>
                    <button type="button" aria-label={`Remove edit ${i + 1}`} onClick={() => void onLog(async () => client.peek()?.removeEdit(e.id))}>✕</button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

/** An entry as the server takes it back: without its id. */
function bare(edit: Edit) {
  const { id: _, ...rest } = edit;
  return rest;
}

/** The next letter's probabilities on both sides, and below what both write. */
function SideBySide() {
  const now = prediction.value;
  const names = vocabulary.value;
  return (
    <>
      <Panel
        title="Edited and unedited" note={edited.value ? "the upright line in a bar is the model without edits" : "the same until something is edited"}
        kept={{
          name: `${identity.value}-side-by-side`,
          table: () => [["letter", "edited", "unedited"], ...names.map((n, i) => [n, now?.probabilities[i] ?? null, now?.unedited?.probabilities[i] ?? now?.probabilities[i] ?? null])],
        }}
      >
        {now && <Bars names={names} probabilities={now.probabilities} logits={now.logits} unedited={now.unedited?.probabilities} label="Probabilities, edited and unedited" />}
      </Panel>
      <Sides />
    </>
  );
}

/** Loss, and samples of the same draws, with the edits and without. */
function Sides() {
  const [compared, setCompared] = useState<Compared | null>(null);
  const [busy, setBusy] = useState(false);
  const split = heldOut.value;
  const compare = async () => {
    setBusy(true);
    const found = await attempt(async () => client.peek()?.compare({ split, prompt: language.peek() ? context.peek() : "", count: 12, temperature: temperature.peek(), seed: 1 }));
    if (found) setCompared(found);
    setBusy(false);
  };
  return (
      <Panel title={language.value ? "Loss and samples" : "Loss"} tools={<button type="button" onClick={() => void compare()} disabled={busy}>{busy ? "Comparing…" : "Compare"}</button>}>
        {compared
          ? (
            <div class="pair">
              <Side title="Edited" side={compared.edited} />
              <Side title="Unedited" side={compared.unedited} />
            </div>
          )
          : <p class="quiet">{language.value ? "Dev loss and samples of the same seed" : `The loss of the ${split} part`}, with the edits and without them.</p>}
      </Panel>
  );
}

function Side({ title, side }: { title: string; side: { loss: number | null; samples: Sample[] } }) {
  return (
    <div>
      <h3>{title}</h3>
      <p>loss <b class="mono" data-testid={`compare-${title.toLowerCase()}`}>{loss(side.loss)}</b></p>
      <ul class="names">{side.samples.map((s, i) => <li key={i} class={s.known ? "known" : "new"}>{s.text || "(empty)"}{s.known && <i class="known-mark">✓</i>}</li>)}</ul>
    </div>
  );
}
