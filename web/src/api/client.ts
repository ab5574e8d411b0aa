import type * as T from "./types";

/** What the server refused, in its own words. */
export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      ...(signal ? { signal } : {}),
    });
  } catch (problem) {
    if (signal?.aborted) throw problem;
    throw new Refused(0, "unreachable", "the server does not answer: is `gradus serve` still running?");
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let told: { error?: { code?: string; message?: string } } = {};
  try {
    told = JSON.parse(text) as typeof told;
  } catch {
    // Not from the API: its text says more than nothing.
  }
  throw new Refused(answer.status, told.error?.code ?? "", told.error?.message ?? (text.slice(0, 200) || answer.statusText));
}

const NOT_FINITE: Record<string, number> = { NaN, Infinity, "-Infinity": -Infinity };

/** What the server says, as text. Numbers that JSON has no word for come as `{ not_finite: "NaN" }`; here they are numbers again. */
export function parse<R>(text: string): R {
  return JSON.parse(text, (_, value: unknown) => {
    // A row of statistics counts its own under this name: only a word marks a number.
    if (typeof value !== "object" || value === null || !("not_finite" in value) || typeof value.not_finite !== "string") return value;
    return NOT_FINITE[value.not_finite] ?? value;
  }) as R;
}

async function json<R>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<R> {
  return parse<R>(await (await ask(method, path, body, signal)).text());
}

/** `?a=b&…` of what is given. */
export function query(parts: Record<string, string | number | boolean | null | undefined>): string {
  const given = Object.entries(parts).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text ? `?${text}` : "";
}

/** What is looked at: a context and a target, or, with neither, the batch of the next step. */
export interface Source { context?: string; target?: string; split?: T.Part; row?: number }

const segment = encodeURIComponent;

export const server = {
  recipes: () => json<T.Recipe[]>("GET", "/api/recipes"),
  keys: () => json<T.Key[]>("GET", "/api/recipes/keys"),
  check: (body: { recipe?: string; toml?: string; set?: T.Changes }) => json<T.Checked>("POST", "/api/recipes/check", body),
  data: () => json<T.DataSet[]>("GET", "/api/data"),
  dataDetail: (name: string) => json<T.DataDetail>("GET", `/api/data/${segment(name)}`),
  addData: (name: string, text: string, kind: "lines" | "text" | "table" = "lines") => json<{ name: string; items: number }>("POST", "/api/data", { name, text, kind }),
  fetchData: (name: string) => json<unknown>("POST", `/api/data/${segment(name)}/fetch`, {}),
  runs: () => json<T.Run[]>("GET", "/api/runs"),
  run: (name: string) => json<T.RunDetail>("GET", `/api/runs/${segment(name)}`),
  renameRun: (name: string, to: string) => json<T.Run>("PATCH", `/api/runs/${segment(name)}`, { name: to }),
  series: (run: string, series: string) => json<{ points: [number, number][] }>("GET", `/api/runs/${segment(run)}/series/${segment(series)}`),
  sessions: () => json<T.ListedSession[]>("GET", "/api/sessions"),
  open: (body: { recipe?: string; toml?: string; run?: string; step?: number; set?: T.Changes; log?: T.GivenLog; goto?: number; play?: boolean }) =>
    json<T.State>("POST", "/api/sessions", body),
  scalar: (expression: string, values: Record<string, number>) => json<T.Scalar>("POST", "/api/scalar", { expression, values }),
};

/** The requests of one session. */
export class SessionClient {
  readonly path: string;
  constructor(readonly id: string) {
    this.path = `/api/sessions/${segment(id)}`;
  }

  private get<R>(path: string, signal?: AbortSignal): Promise<R> { return json<R>("GET", this.path + path, undefined, signal); }
  private post<R>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<R> { return json<R>("POST", this.path + path, body, signal); }

  state(): Promise<T.State> { return this.get(""); }
  close(): Promise<Response> { return ask("DELETE", this.path); }
  play(until?: number): Promise<T.State> { return this.post("/play", until === undefined ? {} : { until }); }
  pause(): Promise<T.State> { return this.post("/pause"); }
  step(count = 1): Promise<T.State> { return this.post("/step", { count }); }
  goto(step: number): Promise<T.State> { return this.post("/goto", { step }); }
  change(body: { learning_rate?: number | null; speed?: number | null; steps?: number }): Promise<T.State> { return json("PATCH", this.path, body); }
  evaluate(split: string, edited = true): Promise<T.Evaluated> { return this.post("/evaluate", { split, edited }); }
  generate(body: { count?: number; prompt?: string; temperature?: number; top_k?: number; top_p?: number; length?: number; seed?: number; edited?: boolean }): Promise<T.Generated> {
    return this.post("/generate", body);
  }
  predict(body: T.PredictionAsk, signal?: AbortSignal): Promise<T.Prediction> { return this.post("/predict", body, signal); }

  network(source: Source): Promise<T.Network> { return this.get(`/network${query({ ...source })}`); }
  tensors(): Promise<T.TensorInfo[]> { return this.get("/tensors"); }
  async tensor(name: string, part: "value" | "gradient", source: Source, index?: string, signal?: AbortSignal): Promise<T.TensorValues> {
    return floats(await ask("GET", `${this.path}/tensor${query({ name, part, ...source, index, format: "f32" })}`, undefined, signal));
  }
  history(name: string): Promise<T.History> { return this.get(`/history${query({ name })}`); }

  trace(): Promise<T.Trace> { return this.post("/trace"); }
  lastTrace(): Promise<T.Trace> { return this.get("/trace"); }
  async traceTensor(id: string, index?: string): Promise<T.TensorValues> {
    return floats(await ask("GET", `${this.path}/trace/tensor${query({ id, index, format: "f32" })}`));
  }

  edits(): Promise<T.EditLog> { return this.get("/edits"); }
  addEdit(edit: T.NewEdit): Promise<T.LogChange & { edit: T.Edit }> { return this.post("/edits", edit); }
  putEdit(id: T.Edit["id"], edit: T.NewEdit): Promise<T.LogChange> { return json("PUT", `${this.path}/edits/${id}`, edit); }
  removeEdit(id: T.Edit["id"]): Promise<T.LogChange> { return json("DELETE", `${this.path}/edits/${id}`); }
  undo(): Promise<T.LogChange> { return this.post("/edits/undo"); }
  redo(): Promise<T.LogChange> { return this.post("/edits/redo"); }
  order(ids: T.Edit["id"][]): Promise<T.LogChange> { return this.post("/edits/order", { ids }); }
  load(log: T.GivenLog): Promise<T.LogChange> { return json("PUT", `${this.path}/edits`, log); }
  replay(): Promise<T.LogChange> { return this.post("/edits/replay"); }
  compare(body: { split?: string; prompt?: string; count?: number; temperature?: number; seed?: number }): Promise<T.Compared> { return this.post("/compare", body); }

  countLetters(names: string[], order: number): Promise<{ connections: T.Connection[] }> { return this.post("/letters/count", { names, order }); }
  attention(context: string): Promise<T.Attention> { return this.get(`/views/attention${query({ context })}`); }
  lens(context: string): Promise<T.Lens> { return this.get(`/views/lens${query({ context })}`); }
  states(context: string): Promise<T.States> { return this.get(`/views/states${query({ context })}`); }
  tree(context: string): Promise<T.Tree> { return this.get(`/views/tree${query({ context })}`); }
  embedding(name?: string): Promise<T.EmbeddingMap> { return this.get(`/views/embedding${query({ name })}`); }
  classify(example: T.Example): Promise<T.Classified> { return this.post("/classify", { ...example, compare: true }); }
  explain(example: T.Example, target?: number): Promise<T.Explained> { return this.post("/explain", { ...example, ...(target === undefined ? {} : { class: target }) }); }
  examples(split: T.Part, from: number, count: number, wrong: boolean): Promise<T.Examples> { return this.get(`/examples${query({ split, from, count, wrong })}`); }
  confusion(split: T.Part): Promise<T.Confusion> { return this.get(`/views/confusion${query({ split })}`); }
  landscape(x?: number, y?: number): Promise<T.Landscape> { return this.get(`/views/landscape${query({ x, y })}`); }
  kernels(): Promise<T.Kernels[]> { return this.get("/views/kernels"); }
  latent(split: T.Part): Promise<T.Latent> { return this.get(`/views/latent${query({ split })}`); }
  decode(place: [number, number]): Promise<{ values: number[] }> { return this.post("/decode", { place }); }
  diagnostics(): Promise<T.Diagnosis> { return this.get("/diagnostics"); }
  study(): Promise<T.Study> { return this.get("/precision"); }
  beginStudy(formats: string[], steps: number): Promise<T.Study> { return this.post("/precision", { formats, steps }); }
  endStudy(): Promise<T.Study> { return json("DELETE", `${this.path}/precision`); }
}

const sizes = (text: string | null): number[] => (text ? text.split(",").filter(Boolean).map(Number) : []);

async function floats(answer: Response): Promise<T.TensorValues> {
  const head = answer.headers;
  return {
    values: new Float32Array(await answer.arrayBuffer()),
    shape: sizes(head.get("x-gradus-shape")),
    full: sizes(head.get("x-gradus-full-shape")),
    step: Number(head.get("x-gradus-step") ?? 0),
    dtype: head.get("x-gradus-dtype") ?? "f32",
  };
}
