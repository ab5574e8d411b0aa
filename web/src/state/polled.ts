// What a view asks the server for: at once when the context, an edit or another session asks for it, now and then while the
// network trains, and only while the view is on the page.
import { effect, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { SessionClient } from "../api/client";
import { client, step, version } from "./lab";
import { atMost, latest } from "./latest";

export interface Polled<R> { answer: R | null; problem: string | null }

export interface Asking {
  /** Once in so many milliseconds at most while the network trains or is edited. */
  everyMs?: number;
  /** Asked anew as soon as this changes. */
  also?: ReadonlySignal<unknown>;
  /** Only of the session that is shown now: another may have no such thing. */
  here?: boolean;
}

/** The answer of `ask`. `key`: what it depends on besides; null: nothing is asked for. */
export function usePolled<R>(ask: (client: SessionClient) => Promise<R>, key: string | null, { everyMs = 1000, also, here = false }: Asking = {}): Signal<Polled<R>> {
  const seen = useMemo(() => signal<Polled<R>>({ answer: null, problem: null }), []);
  useEffect(() => {
    if (key === null) {
      seen.value = { answer: null, problem: null };
      return;
    }
    let gone = false;
    const own = client.peek();
    const run = latest<SessionClient, R>(
      (one) => ask(one),
      (answer, one) => { if (!gone && one === client.peek()) seen.value = { answer, problem: null }; },
      (problem) => { if (!gone) seen.value = { answer: null, problem: problem instanceof Error ? problem.message : String(problem) }; },
    );
    const now = () => {
      const one = client.peek();
      if (one && !gone && (!here || one === own)) run(one);
    };
    const sometime = atMost(everyMs, now);
    const soon = atMost(Math.min(everyMs, 300), now);
    const stops = [
      effect(() => { void [client.value, also?.value]; now(); }),
      effect(() => { void version.value; soon(); }),
      effect(() => { void step.value; sometime(); }),
    ];
    return () => {
      gone = true;
      for (const stop of stops) stop();
    };
  }, [key]);
  return seen;
}
