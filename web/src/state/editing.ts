// Changes to the network, each an entry of the session's edit log.
import type { Edit, LogChange, NewEdit } from "../api/types";
import { attempt, client, editLog, identity, refreshEdits, session, settle } from "./lab";
import { latest } from "./latest";
import { predictNow } from "./prediction";

/** Adds an edit at the present step. */
export async function edit(change: NewEdit): Promise<Edit | undefined> {
  const made = await attempt(async () => client.peek()?.addEdit(change));
  if (!made) return undefined;
  take(made);
  return made.edit;
}

/** Runs a command on the log and takes over what comes of it. */
export async function onLog(work: () => Promise<LogChange | undefined>): Promise<void> {
  const changed = await attempt(work);
  if (changed) take(changed);
  // A box or a number that was refused stands again as the log has it.
  else await refreshEdits();
}

/** What a change of the log left behind. */
export function take(changed: LogChange): void {
  settle(changed.state);
  const log = editLog.peek();
  if (log && changed.state.id === identity.peek()) editLog.value = { ...log, edits: changed.edits };
}

/**
 * A slider's edit: its first movement makes the entry, further ones change that entry, so that a drag leaves one line
 * in the log. The probabilities are asked for as soon as the server has answered.
 */
export function sliding(make: (value: number) => NewEdit): { move: (value: number) => void; done: () => void } {
  let id: Edit["id"] | null = null;
  let at = -1;
  const ask = latest<number, void>(
    async (value) => {
      const now = client.peek();
      if (!now) return;
      const step = session.peek()?.step ?? 0;
      if (id === null || at !== step) {
        const made = await now.addEdit(make(value));
        id = made.edit.id;
        at = made.edit.step;
        take(made);
      } else {
        take(await now.putEdit(id, { ...make(value), step: at }));
      }
    },
    () => predictNow(),
    (problem) => void attempt(() => Promise.reject(problem)),
  );
  return {
    move: ask,
    done: () => { id = null; },
  };
}
