// How a session that has just been begun is shown: where it is seen to learn, with something to look at, and slowly enough to
// be watched. What an address or a person asked for goes before.
import { server } from "../api/client";
import type { State } from "../api/types";
import { commands, identity } from "./lab";
import { context, view } from "./view";
import type { View } from "./view";

/** What learning looks like by the kind of model; the network itself where nothing is said. */
const SEEN: Readonly<Record<string, View>> = { transformer: "inside", rnn: "inside", gru: "inside", lstm: "inside", wavenet: "inside", ngram: "inside" };

/** A model of fewer numbers than this, of points or measurements, would be done before anybody has looked. */
const TOY = 5000;
/** Seconds that a toy takes at least, from its first step to its last. */
const WATCHED = 40;

export interface Asked { view: boolean; context: boolean; speed: boolean }

export function present(state: State, asked: Asked): void {
  const language = state.task == null;
  if (!asked.view) view.value = language ? (SEEN[state.model] ?? "network") : "classes";
  const plane = !language && state.task?.shape.length === 1;
  if (!asked.speed && plane && state.parameters > 0 && state.parameters < TOY && state.speed === null) {
    void commands.change({ speed: Math.max(1, Math.round(state.steps / WATCHED)) });
  }
  if (language || state.task?.shape.length === 0) void suggest(state, asked.context);
}

/** A beginning from the data, so that no view is blank; a context that this vocabulary can not write is no context. */
async function suggest(state: State, asked: boolean): Promise<void> {
  const known = new Set(state.vocabulary);
  const letters = state.vocabulary.every((token) => [...token].length <= 1);
  const fits = (text: string) => !letters || known.size === 0 || [...text].every((letter) => known.has(letter));
  const now = context.peek();
  if (asked || (now !== "" && fits(now))) return;
  // Without an example from the data the context stays empty, which every model can begin with.
  const told = await server.dataDetail(state.data).catch(() => null);
  if (identity.peek() !== state.id || context.peek() !== now) return;
  const some = told?.examples ?? [];
  const example = some.slice(some.length >> 1).find((one): one is string => typeof one === "string" && one.trim() !== "") ?? "";
  const text = [...example].slice(0, told?.kind === "text" ? 16 : state.task ? 40 : 2).join("");
  context.value = fits(text) ? text : "";
}
