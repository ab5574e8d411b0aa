// What the person looks at. Everything here stands in the address, so that a link shows the same view.
import { signal } from "@preact/signals";
import type { Example, Part } from "../api/types";

export const VIEWS = [
  ["network", "Network"],
  ["next", "Next letter"],
  ["classes", "Examples"],
  ["edits", "Edits"],
  ["slow", "One step"],
  ["letters", "Letter graph"],
  ["inside", "Inside"],
  ["diagnostics", "Diagnostics"],
  ["precision", "Precision"],
  ["scalar", "One neuron"],
] as const;
export type View = (typeof VIEWS)[number][0];

/** What only language models have, and what only the others have. */
export const OF_LANGUAGE: readonly View[] = ["next", "letters"];
export const OF_OTHERS: readonly View[] = ["classes"];

/** How far the colours of a heatmap reach: fitted to this tensor, to its layer, or to all. */
export type Reach = "tensor" | "layer" | "global";

export const view = signal<View>("network");
/** The named value in the inspector; null: none yet, and one is chosen as soon as the network is known. */
export const selected = signal<string | null>(null);
/** Whether the person closed the inspector's value. */
export const closed = signal(false);
/** The cell of it that was clicked. */
export const cell = signal<number | null>(null);
export const reach = signal<Reach>("tensor");
/** Whether values are looked at for the typed context or for the batch of the next step. */
export const lookAt = signal<"context" | "batch">("context");
export const context = signal("");
/** So many letters the field of the context holds. */
export const CONTEXT_LETTERS = 200;
/** The text of the target letter; empty: the likeliest. */
export const target = signal("");
/** The example that a classifier is asked about. */
export const example = signal<Example>({ split: "dev", row: 0 });
/** Which two measurements a landscape lies over; null: those that tell the classes best. */
export const axes = signal<[number, number] | null>(null);
export const temperature = signal(1);
/** 0: all letters. */
export const topK = signal(0);
export const topP = signal(1);
export const logLoss = signal(false);
/** Whether losses and samples are put away, so that the middle has their room. */
export const folded = signal(false);
export const smoothing = signal(0.6);
/** The runs whose losses are laid over the session's. */
export const overlays = signal<readonly string[]>([]);
/** The expression that is taken apart, with its numbers. */
export const FIRST_EXPRESSION: Expression = { text: "o = tanh(x1*w1 + x2*w2 + b)", values: { x1: 2, x2: 0, w1: -3, w2: 1, b: 6.8813735870195432 } };
export interface Expression { text: string; values: Readonly<Record<string, number>> }
export const expression = signal<Expression>(FIRST_EXPRESSION);

export function show(name: string, at: number | null = null): void {
  if (selected.value !== name || cell.value !== at) {
    selected.value = name;
    cell.value = at;
  }
  closed.value = false;
}

/** Leaves the inspector empty until something is picked. */
export function close(): void {
  selected.value = null;
  cell.value = null;
  closed.value = true;
}

/** The view as parts of an address; what has its ordinary value is left out. */
export function viewToQuery(): [string, string][] {
  const parts: [string, string][] = [];
  const put = (key: string, value: string | number | null, ordinary: string | number | null) => {
    if (value !== ordinary && value !== null) parts.push([key, String(value)]);
  };
  put("view", view.value, "network");
  put("value", closed.value ? "" : selected.value, null);
  put("cell", cell.value, null);
  put("range", reach.value, "tensor");
  put("look", lookAt.value, "context");
  put("context", context.value, "");
  put("target", target.value, "");
  put("temperature", temperature.value, 1);
  put("top_k", topK.value, 0);
  put("top_p", topP.value, 1);
  const at = example.value;
  if ("split" in at) put("example", `${at.split}:${at.row}`, "dev:0");
  put("axes", axes.value?.join(",") ?? null, null);
  put("charts", folded.value ? 0 : 1, 1);
  put("log", logLoss.value ? 1 : 0, 0);
  for (const run of overlays.value) put("over", run, null);
  if (expression.value !== FIRST_EXPRESSION) {
    put("expression", expression.value.text, FIRST_EXPRESSION.text);
    for (const [name, value] of Object.entries(expression.value.values)) put("number", `${name}=${value}`, null);
  }
  return parts;
}

const number = (text: string | null, low: number, high: number, otherwise: number): number => {
  const value = Number(text);
  return text !== null && Number.isFinite(value) && value >= low && value <= high ? value : otherwise;
};

/** Takes over what an address says; whatever it says wrongly is as if it were not there. */
export function viewFromQuery(query: URLSearchParams): void {
  const named = query.get("view");
  view.value = VIEWS.find(([id]) => id === named)?.[0] ?? "network";
  selected.value = query.get("value") || null;
  closed.value = query.get("value") === "";
  const at = query.get("cell");
  cell.value = at === null ? null : Math.trunc(number(at, 0, 1e12, 0));
  const range = query.get("range");
  reach.value = range === "layer" || range === "global" ? range : "tensor";
  lookAt.value = query.get("look") === "batch" ? "batch" : "context";
  context.value = (query.get("context") ?? "").slice(0, CONTEXT_LETTERS);
  target.value = query.get("target") ?? "";
  temperature.value = number(query.get("temperature"), 0, 10, 1);
  topK.value = Math.trunc(number(query.get("top_k"), 0, 1e6, 0));
  topP.value = number(query.get("top_p"), 0, 1, 1);
  const [, split, row] = /^(train|dev|test):(\d{1,9})$/.exec(query.get("example") ?? "") ?? [];
  if (split !== undefined) example.value = { split: split as Part, row: Number(row) };
  const [, x, y] = /^(\d{1,6}),(\d{1,6})$/.exec(query.get("axes") ?? "") ?? [];
  if (x !== undefined) axes.value = [Number(x), Number(y)];
  folded.value = query.get("charts") === "0";
  logLoss.value = query.get("log") === "1";
  overlays.value = query.getAll("over").slice(0, 12);
  const values: Record<string, number> = {};
  for (const part of query.getAll("number")) {
    const [, name, text] = /^([A-Za-z_]\w*)=(.+)$/.exec(part) ?? [];
    if (name !== undefined && Number.isFinite(Number(text))) values[name] = Number(text);
  }
  const text = query.get("expression");
  expression.value = text !== null || Object.keys(values).length > 0 ? { text: (text ?? FIRST_EXPRESSION.text).slice(0, 1000), values: { ...(text === null ? FIRST_EXPRESSION.values : {}), ...values } } : FIRST_EXPRESSION;
}
