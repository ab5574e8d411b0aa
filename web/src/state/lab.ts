// The laboratory's state: the session that is shown, and what its events tell.
import { batch, computed, signal } from "@preact/signals";
import { parse, Refused, server, SessionClient } from "../api/client";
import type { Source } from "../api/client";
import type * as T from "../api/types";
import { atMost } from "./latest";
import { append, noLosses } from "./history";
import type { Losses } from "./history";
import * as view from "./view";

const NONE: string[] = [];
export const recipes = signal<T.Recipe[]>([]);
export const dataSets = signal<T.DataSet[]>([]);
export const runs = signal<T.Run[]>([]);
export const sessions = signal<T.ListedSession[]>([]);

export const session = signal<T.State | null>(null);
export const client = computed(() => (identity.value === null ? null : new SessionClient(identity.value)));
/** Changes only when another session is shown, not with its every step. */
export const identity = signal<string | null>(null);
/** Changes with every edit and every rewind, not with steps. */
export const version = computed(() => session.value?.version ?? 0);
export const step = computed(() => session.value?.step ?? 0);
export const status = computed<T.Status>(() => session.value?.status ?? "paused");
export const playing = computed(() => status.value === "playing");
export const dataName = computed(() => session.value?.data ?? "");
export const model = computed(() => session.value?.model ?? "");
/** Whether there is anything to train: a model of counts has learned all it will. */
export const trainable = computed(() => (session.value?.parameters ?? 0) > 0);
/** What is told that is no next letter; null for language models. */
export const task = computed(() => session.value?.task ?? null);
/** Whether the model is one of letters or other tokens in a row. */
export const language = computed(() => session.value !== null && session.value.task == null);
/** The views that make sense for the model. */
export const views = computed(() => view.VIEWS.filter(([id]) => !(language.value ? view.OF_OTHERS : view.OF_LANGUAGE).includes(id)));
/** Whether it tells which list a word stands in. */
export const words = computed(() => task.value !== null && task.value.shape.length === 0);
/** Height and width, where an example is a picture. */
export const picture = computed<[number, number] | null>(() => {
  const shape = task.value?.shape;
  return shape?.length === 3 && shape[0] === 1 ? [shape[1] ?? 0, shape[2] ?? 0] : null;
});
/** The part that decides how good it is: dev, or test where the data have no dev part. */
export const heldOut = computed<T.Part>(() => (task.value && task.value.sizes.dev === 0 ? "test" : "dev"));
export const edited = computed(() => (session.value?.edits ?? 0) > 0);
export const vocabulary = computed(() => session.value?.vocabulary ?? NONE);

export const losses = signal<Losses>(noLosses());
export const samples = signal<T.SampleNews[]>([]);
export const statistics = signal<T.Diagnosis | null>(null);
export const editLog = signal<T.EditLog | null>(null);
/** How far the precision study is; null where none was begun. */
export const studyNews = signal<T.StudyNews | null>(null);
export const connected = signal(true);

/** The last thing that went wrong, in a sentence, until it is closed. */
export const notice = signal<string | null>(null);

export function tell(problem: unknown): void {
  if (problem instanceof DOMException && problem.name === "AbortError") return;
  // That nobody answers is said once, for all that was asked.
  if (problem instanceof Refused && problem.status === 0) {
    connected.value = false;
    return;
  }
  notice.value = problem instanceof Error ? problem.message : String(problem);
}

/** Runs a request of the person's; what goes wrong is told. */
export async function attempt<R>(work: () => Promise<R>): Promise<R | undefined> {
  try {
    return await work();
  } catch (problem) {
    tell(problem);
    return undefined;
  }
}

/** What is looked at: the typed context, or the batch of the next step. */
export const source = computed<Source>(() => {
  if (view.lookAt.value === "batch") return {};
  if (task.value && !words.value) {
    const at = view.example.value;
    return "split" in at ? { split: at.split, row: at.row } : {};
  }
  const target = words.value ? "" : view.target.value;
  return { context: view.context.value, ...(target ? { target } : {}) };
});

/** Which events are wanted beyond losses and samples. */
export const wanted = signal<"" | "statistics" | "histograms">("");

let events: EventSource | null = null;

export function listen(): void {
  events?.close();
  events = null;
  const id = identity.peek();
  if (id === null) return;
  const want = ["loss", "samples", ...(wanted.peek() === "" ? [] : ["statistics"]), ...(wanted.peek() === "histograms" ? ["histograms"] : [])];
  const stream = new EventSource(`/api/sessions/${encodeURIComponent(id)}/events?want=${want.join(",")}`);
  events = stream;
  const on = <D>(name: string, take: (data: D) => void) =>
    stream.addEventListener(name, (event) => {
      connected.value = true;
      if (stream === events) take(parse<D>((event as MessageEvent<string>).data));
    });
  on<T.StateNews>("state", (news) => {
    const before = session.peek();
    if (before?.id !== news.id && before !== null) return;
    heard += 1;
    session.value = { ...(before as T.State), ...news } as T.State;
  });
  // A new connection, also one after the server was gone, tells everything from the start.
  let fresh = true;
  on<T.LossNews>("loss", (news) => {
    losses.value = append(losses.peek(), { ...news, reset: news.reset || fresh });
    fresh = false;
  });
  on<T.SampleNews>("samples", (news) => {
    const kept = samples.peek().filter((old) => old.step < news.step);
    samples.value = [news, ...kept].slice(0, 40);
  });
  on<T.Diagnosis>("statistics", (news) => { statistics.value = news; });
  on<T.StudyNews | null>("study", (news) => { studyNews.value = news; });
  on("edits", editsLater);
  on("end", () => { stream.close(); });
  stream.onopen = () => {
    connected.value = true;
    fresh = true;
  };
  stream.onerror = () => { connected.value = false; };
}

/** A slider changes the log many times a second; the page's own changes are known already. */
const editsLater = atMost(300, () => void refreshEdits());

export async function refreshEdits(): Promise<void> {
  const now = client.peek();
  if (!now) return;
  const log = await attempt(() => now.edits());
  if (log && client.peek() === now) editLog.value = log;
}

/** Shows `state`'s session. */
export function enter(state: T.State): void {
  batch(() => {
    const other = identity.peek() !== state.id;
    session.value = state;
    identity.value = state.id;
    if (other) {
      losses.value = noLosses();
      samples.value = [];
      statistics.value = null;
      editLog.value = null;
      studyNews.value = null;
    }
  });
  listen();
  void refreshEdits();
  void refreshRuns();
}

/** How many states the events have told. */
let heard = 0;
export const heardSoFar = (): number => heard;

/**
 * Takes over what a command answered that was sent when `mark` states had been heard. If an event came since, it may
 * be newer than the answer; the newest state always comes by event, so the answer is let go.
 */
export function settle(state: T.State | undefined, mark: number): void {
  if (state && state.id === identity.peek() && heard === mark) session.value = { ...(session.peek() as T.State), ...state };
}

async function command(work: (client: SessionClient) => Promise<T.State>): Promise<void> {
  const now = client.peek();
  if (!now) return;
  const mark = heard;
  settle(await attempt(() => work(now)), mark);
}

export async function refreshRuns(): Promise<void> {
  const [all, open] = await Promise.all([attempt(() => server.runs()), attempt(() => server.sessions())]);
  if (all) runs.value = all;
  if (open) sessions.value = open;
}

export async function refreshData(): Promise<void> {
  const all = await attempt(() => server.data());
  if (all) dataSets.value = all;
}

/** Called with a session that has just been begun, and the one that was shown before. */
export const begun: { present: (state: T.State, before: T.State | null) => void } = { present: () => undefined };

/** Begins a session and shows it; the one before is paused, or closed if it never made a step. */
export async function begin(body: Parameters<typeof server.open>[0]): Promise<boolean> {
  const before = session.peek();
  const old = before ? new SessionClient(before.id) : null;
  if (before?.status === "playing") await attempt(async () => old?.pause());
  const state = await attempt(() => server.open(body));
  if (!state) return false;
  enter(state);
  begun.present(state, before);
  if (before && before.step === 0 && before.edits === 0 && before.status === "paused") {
    // What was asked of it a moment ago is still answered.
    window.setTimeout(() => void attempt(async () => old?.close()), 3000);
  }
  return true;
}

export const commands = {
  play: () => command((c) => c.play()),
  pause: () => command((c) => c.pause()),
  step: (count = 1) => command((c) => c.step(count)),
  goto: (to: number) => command((c) => c.goto(to)),
  change: (body: { learning_rate?: number | null; speed?: number | null; steps?: number }) => command((c) => c.change(body)),
  toggle: () => (playing.peek() ? commands.pause() : commands.play()),
};

/** Whether the server said that there is no such thing. */
export const missing = (problem: unknown): boolean => problem instanceof Refused && problem.status === 404;
