// The first moments: what the address asks for, or else the first model of the course, ready to be played.
import { effect } from "@preact/signals";
import { server, SessionClient } from "../api/client";
import { attempt, begin, begun, client, editLog, enter, identity, listen, missing, recipes, refreshData, session, source, tell, wanted } from "./lab";
import { readNetwork } from "./network";
import { present } from "./opening";
import { plan, recipeFromQuery, readRecipe, recipeToQuery } from "./recipe";
import { viewFromQuery, viewToQuery } from "./view";
import * as view from "./view";
import { atMost } from "./latest";

/** What a newcomer sees first: well initialised, so that the loss falls from chance on and not from far above it. */
const FIRST = "mlp-kaiming";

export async function start(): Promise<void> {
  const query = new URLSearchParams(location.search);
  viewFromQuery(query);
  const [known] = await Promise.all([attempt(() => server.recipes()), refreshData()]);
  recipes.value = known ?? [];
  begun.present = (state) => present(state, { view: query.has("view"), context: query.has("context"), speed: false });
  await open(query);
  // A recipe that is chosen on the page is shown in the view that the person is in, where that makes sense for it.
  begun.present = (state, before) => present(state, { view: before !== null && (before.task == null) === (state.task == null), context: false, speed: false });
  effect(() => {
    wanted.value = view.view.value === "network" || view.view.value === "diagnostics" || view.selected.value !== null ? "histograms" : "";
  });
  effect(() => {
    void wanted.value;
    listen();
  });
  effect(() => {
    if (identity.value !== null) void readRecipe();
  });
  effect(() => {
    void [client.value, source.value];
    if (identity.value !== null) void readNetwork();
  });
  // Another session or another view is another page to the browser's Back; what is chosen within a view is not.
  const place = () => `${identity.peek()} ${view.view.peek()}`;
  let last: string | null = null;
  const write = atMost(500, () => {
    const now = address(true);
    if (last !== null && last !== place()) history.pushState(null, "", now);
    else history.replaceState(null, "", now);
    last = place();
  });
  addEventListener("popstate", () => {
    const query = new URLSearchParams(location.search);
    const go = async () => {
      begun.present = () => undefined;
      if (query.get("session") !== identity.peek()) await open(query);
      viewFromQuery(query);
      last = place();
    };
    void go();
  });
  effect(() => {
    void [identity.value, plan.value, viewToQuery()];
    write();
  });
}

/** Shows what an address names: a session that is still there, or else one of its recipe. */
async function open(query: URLSearchParams): Promise<void> {
  if (await resume(query.get("session"))) return;
  const asked = recipeFromQuery(query);
  const opened = await begin(asked ?? { recipe: FIRST });
  // A link whose recipe is refused says so, and the page still has something to show.
  if (!opened && asked) await begin({ recipe: FIRST });
}

async function resume(id: string | null): Promise<boolean> {
  if (!id) return false;
  try {
    enter(await new SessionClient(id).state());
    return true;
  } catch (problem) {
    if (!missing(problem)) tell(problem);
    return false;
  }
}

/** More letters than this some programs cut off a link. */
const LONGEST_EDITS = 6000;

/** The edit log, where a link has room for it. */
function editsToQuery(): [string, string][] {
  const log = editLog.peek();
  const text = log && log.edits.length > 0 ? JSON.stringify(log) : "";
  return text !== "" && text.length <= LONGEST_EDITS ? [["edits", text]] : [];
}

/** Whether a link holds all that was done. */
export const linkHoldsEdits = (): boolean => (session.peek()?.edits ?? 0) === 0 || editsToQuery().length > 0;

/**
 * The address of what is shown. `own` names the session, so that reloading goes on with it; without it the address
 * holds all that is needed to make the same numbers on any machine: recipe, changes, seed and step.
 */
export function address(own: boolean): string {
  const parts = [
    ...(own && identity.peek() ? [["session", identity.peek() as string] as [string, string]] : []),
    ...recipeToQuery(),
    ...(own ? [] : [["step", String(session.peek()?.step ?? 0)] as [string, string], ...editsToQuery()]),
    ...viewToQuery(),
  ];
  return `${location.pathname}?${new URLSearchParams(parts).toString()}`;
}
