// The recipe of the session that is shown, and the changes a person is about to make to it.
import { computed, signal } from "@preact/signals";
import { server } from "../api/client";
import type { Changes, Checked, EditLogGiven, Value } from "../api/types";
import { attempt, begin, identity, recipes, session, tell } from "./lab";

/** The shown session's recipe: the built-in one it came from, and what differs from that. */
export interface Plan { recipe: string | null; toml: string | null; set: Changes }

/** Of the session as it runs. */
export const plan = signal<Plan>({ recipe: null, toml: null, set: {} });
/** Every key with its value as it runs. */
export const running = signal<Checked | null>(null);
/** What the form holds beyond that, not yet begun. */
export const changes = signal<Changes>({});
/** The recipe with the form's changes, as the server reads it; null where it refuses. */
export const checked = signal<Checked | null>(null);
/** The server's own words about what it refuses. */
export const refusal = signal<string | null>(null);
export const changed = computed(() => Object.keys(changes.value).length > 0);

const same = (a: Value | undefined, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Asks for the values of the session that has just been entered. */
export async function readRecipe(): Promise<void> {
  const state = session.peek();
  if (!state) return;
  const now = await attempt(() => server.check({ toml: state.toml }));
  if (!now || identity.peek() !== state.id) return;
  running.value = now;
  changes.value = {};
  checked.value = now;
  refusal.value = null;
  const base = recipes.peek().find((r) => r.name === state.recipe);
  const values = new Map(base?.entries.map((entry) => [entry.path, entry.value]));
  const set: Changes = {};
  if (base) for (const entry of now.entries) if (!same(values.get(entry.path), entry.value)) set[entry.path] = entry.value;
  plan.value = base ? { recipe: base.name, toml: null, set } : { recipe: null, toml: state.toml, set: {} };
}

/** What opens a session of the shown recipe with `set` changed. */
export const beginBody = (set: Changes) => {
  const { recipe, toml, set: before } = plan.peek();
  return recipe !== null ? { recipe, set: { ...before, ...set } } : { toml: toml ?? "", set };
};

/** Changes one value in the form and has the server check the whole. */
export async function change(path: string, value: Value): Promise<void> {
  const next = { ...changes.peek(), [path]: value };
  const original = running.peek()?.entries.find((entry) => entry.path === path);
  if (original && same(value, original.value)) delete next[path];
  changes.value = next;
  try {
    const answer = await server.check(beginBody(next));
    if (changes.peek() === next) {
      checked.value = answer;
      refusal.value = null;
    }
  } catch (problem) {
    if (changes.peek() === next) refusal.value = problem instanceof Error ? problem.message : String(problem);
  }
}

export const discard = (): void => {
  changes.value = {};
  checked.value = running.peek();
  refusal.value = null;
};

/** Begins anew with the form's changes and `more`. */
export const beginChanged = (more: Changes = {}, play = false): Promise<boolean> =>
  begin({ ...beginBody({ ...changes.peek(), ...more }), ...(play ? { play } : {}) });

/** The recipe as parts of an address. */
export function recipeToQuery(): [string, string][] {
  const { recipe, toml, set } = plan.peek();
  const parts: [string, string][] = recipe !== null ? [["recipe", recipe]] : toml !== null ? [["toml", toml]] : [];
  for (const [path, value] of Object.entries(set)) parts.push(["set", `${path}=${JSON.stringify(value)}`]);
  return parts;
}

/** What an address asks to begin with; null where it names no recipe. The server says whether it is right. */
export function recipeFromQuery(query: URLSearchParams): { recipe?: string; toml?: string; set?: Changes; goto?: number; log?: EditLogGiven } | null {
  const recipe = query.get("recipe");
  const toml = query.get("toml");
  if (recipe === null && toml === null) return null;
  const set: Changes = {};
  for (const part of query.getAll("set")) {
    const split = part.indexOf("=");
    if (split < 0) continue;
    const text = part.slice(split + 1);
    try {
      set[part.slice(0, split)] = JSON.parse(text) as Value;
    } catch {
      set[part.slice(0, split)] = text;
    }
  }
  let log: EditLogGiven | undefined;
  try {
    log = JSON.parse(query.get("edits") ?? "null") as EditLogGiven | undefined ?? undefined;
  } catch {
    tell("The link's edits are damaged: it is opened without them.");
  }
  const step = Number(query.get("step") ?? 0);
  return {
    ...(recipe !== null ? { recipe } : { toml: toml ?? "" }),
    ...(Object.keys(set).length > 0 ? { set } : {}),
    ...(log ? { log } : {}),
    ...(Number.isInteger(step) && step > 0 ? { goto: step } : {}),
  };
}
