// What a view asks the server for, again when the context, an edit or the step changes.
import { effect, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { SessionClient } from "../api/client";
import { client, step, version } from "./lab";
import { atMost, latest } from "./latest";

export interface Polled<R> { answer: R | null; problem: string | null }

/** The answer of `ask`, at most every `everyMs` while the network trains. `key`: what it depends on besides. */
export function usePolled<R>(ask: (client: SessionClient) => Promise<R>, key: string, everyMs = 1000): Signal<Polled<R>> {
  const seen = useMemo(() => signal<Polled<R>>({ answer: null, problem: null }), []);
  useEffect(() => {
    let gone = false;
    const run = latest<SessionClient, R>(
      (one) => ask(one),
      (answer, one) => { if (!gone && one === client.peek()) seen.value = { answer, problem: null }; },
      (problem) => { if (!gone) seen.value = { answer: null, problem: problem instanceof Error ? problem.message : String(problem) }; },
    );
    const now = () => {
      const one = client.peek();
      if (one && !gone) run(one);
    };
    const sometime = atMost(everyMs, now);
    const stops = [
      effect(() => { void [client.value, version.value]; now(); }),
      effect(() => { void step.value; sometime(); }),
    ];
    return () => {
      gone = true;
      for (const stop of stops) stop();
    };
  }, [key]);
  return seen;
}
