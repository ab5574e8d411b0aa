// The first moments: what the address asks for, or else the first model of the course, ready to be played.
import { effect } from "@preact/signals";
import { server, SessionClient } from "../api/client";
import { attempt, begin, client, enter, identity, listen, missing, recipes, refreshData, session, source, tell, wanted } from "./lab";
import { readNetwork } from "./network";
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
  if (!(await resume(query.get("session")))) {
    const asked = recipeFromQuery(query);
    const opened = await begin(asked ?? { recipe: FIRST });
    // A link whose recipe is refused says so, and the page still has something to show.
    if (!opened && asked) await begin({ recipe: FIRST });
  }
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
    if (view.view.value === "network" || view.selected.value !== null) void readNetwork();
  });
  const write = atMost(500, () => history.replaceState(null, "", address(true)));
  effect(() => {
    void [identity.value, plan.value, viewToQuery()];
    write();
  });
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

/**
 * The address of what is shown. `own` names the session, so that reloading goes on with it; without it the address
 * holds all that is needed to make the same numbers on any machine: recipe, changes, seed and step.
 */
export function address(own: boolean): string {
  const parts = [
    ...(own && identity.peek() ? [["session", identity.peek() as string] as [string, string]] : []),
    ...recipeToQuery(),
    ...(own ? [] : [["step", String(session.peek()?.step ?? 0)] as [string, string]]),
    ...viewToQuery(),
  ];
  return `${location.pathname}?${new URLSearchParams(parts).toString()}`;
}
