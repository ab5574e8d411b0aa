// Changes to the network, each an entry of the session's edit log.
import type { Edit, LogChange, NewEdit } from "../api/types";
import { attempt, client, commands, editLog, heardSoFar, identity, playing, refreshEdits, settle, tell } from "./lab";
import { latest } from "./latest";
import { dragging, predictNow } from "./prediction";

/** Adds an edit at the present step. */
export async function edit(change: NewEdit): Promise<Edit | undefined> {
  const mark = heardSoFar();
  const made = await attempt(async () => client.peek()?.addEdit(change));
  if (!made) return undefined;
  take(made, mark);
  return made.edit;
}

/** Runs a command on the log and takes over what comes of it. */
export async function onLog(work: () => Promise<LogChange | undefined>): Promise<void> {
  const mark = heardSoFar();
  const changed = await attempt(work);
  if (changed) take(changed, mark);
  // A box or a number that was refused stands again as the log has it.
  else await refreshEdits();
}

/** What a change of the log left behind. */
export function take(changed: LogChange, mark: number): void {
  settle(changed.state, mark);
  const log = editLog.peek();
  if (log && changed.state.id === identity.peek()) editLog.value = { ...log, edits: changed.edits };
}

/** One movement of a slider, from its first step to its release. */
interface Drag { id: Edit["id"] | null; resume: boolean; released: boolean }

/**
 * A slider's edit: its first movement makes the entry, further ones change that entry, so that a drag leaves one line
 * in the log. A network that trains holds still meanwhile and goes on after the release. The probabilities are asked
 * for as soon as the server has answered.
 */
export function sliding(make: (value: number) => NewEdit): { move: (value: number) => void; done: () => void } {
  let drag: Drag | null = null;
  const goOn = (ended: Drag) => {
    if (!ended.released || !ended.resume) return;
    ended.resume = false;
    void commands.play();
  };
  const ask = latest<{ value: number; drag: Drag }, void>(
    async ({ value, drag }) => {
      const now = client.peek();
      if (!now) return;
      if (drag.id === null && playing.peek()) {
        await commands.pause();
        drag.resume = true;
      }
      const mark = heardSoFar();
      const changed = await (drag.id === null ? now.addEdit(make(value)) : now.putEdit(drag.id, make(value)));
      drag.id ??= changed.edit?.id ?? null;
      // First the probabilities, which the person waits for; then all else that shows the change.
      predictNow();
      take(changed, mark);
    },
    (_, { drag }) => goOn(drag),
    tell,
  );
  return {
    move: (value) => {
      drag ??= { id: null, resume: false, released: false };
      dragging.now = true;
      ask({ value, drag });
    },
    done: () => {
      if (drag) {
        drag.released = true;
        dragging.now = false;
        predictNow();
        if (drag.id !== null) goOn(drag);
      }
      drag = null;
    },
  };
}
