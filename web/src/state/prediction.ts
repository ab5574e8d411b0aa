// The next letter's probabilities, for whoever shows them: asked anew when the context, the settings, an edit or the
// step changes, and only while somebody looks.
import { computed, effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SessionClient } from "../api/client";
import type { Prediction, PredictionAsk } from "../api/types";
import { client, session, step, version } from "./lab";
import { atMost, latest } from "./latest";
import { context, target, temperature, topK, topP } from "./view";

export const prediction = signal<Prediction | null>(null);
/** What was wrong with the context, in the server's words. */
export const predictionProblem = signal<string | null>(null);

/** The settings of the softmax as requests want them. */
export const settings = computed(() => ({
  temperature: temperature.value,
  ...(topK.value > 0 ? { top_k: topK.value } : {}),
  ...(topP.value < 1 ? { top_p: topP.value } : {}),
}));

const ask = latest<{ client: SessionClient; body: PredictionAsk }, Prediction>(
  ({ client, body }) => client.predict(body),
  (answer, asked) => {
    if (asked.client !== client.peek()) return;
    prediction.value = asked.body.importance ? answer : { ...answer, importance: prediction.peek()?.importance ?? null };
    predictionProblem.value = null;
  },
  (problem) => { predictionProblem.value = problem instanceof Error ? problem.message : String(problem); },
);

/** While a slider moves: which letters mattered costs a backward pass, and is asked for when it has come to rest. */
export const dragging = { now: false };

export function predictNow(importance = !dragging.now): void {
  const now = client.peek();
  if (!now) return;
  const letter = target.peek();
  ask({
    client: now,
    body: {
      context: context.peek(), ...settings.peek(), importance, compare: (session.peek()?.edits ?? 0) > 0,
      ...(letter ? { target: letter } : {}),
    },
  });
}

/** While the network trains, four times a second are enough to see the bars move. */
const predictSometime = atMost(250, () => predictNow());

let watchers = 0;
let stop: (() => void) | null = null;

function watch(): void {
  const input = effect(() => {
    void [client.value, context.value, target.value, settings.value, version.value];
    predictNow();
  });
  const training = effect(() => {
    void step.value;
    predictSometime();
  });
  stop = () => { input(); training(); };
}

/** Keeps [prediction] current while the component that calls it is on the page. */
export function usePrediction(): void {
  useEffect(() => {
    watchers += 1;
    if (watchers === 1) watch();
    return () => {
      watchers -= 1;
      if (watchers === 0) {
        stop?.();
        stop = null;
      }
    };
  }, []);
}
