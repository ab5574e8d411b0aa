// Whole tensors, asked for only while they are shown: at once when something is chosen or edited, at most twice a second
// while the network trains.
import { effect, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { SessionClient, Source } from "../api/client";
import type { TensorValues } from "../api/types";
import { client, source, step, version } from "./lab";
import { atMost, latest } from "./latest";

export interface Seen { values: TensorValues | null; problem: string | null }
export interface Wish { name: string; part: "value" | "gradient"; index?: string | undefined; everyMs?: number }

/** The numbers of `wish`, kept current while the component is on the page. */
export function useTensor(wish: Wish | null): Signal<Seen> {
  const seen = useMemo(() => signal<Seen>({ values: null, problem: null }), []);
  const key = wish ? `${wish.name} ${wish.part} ${wish.index ?? ""}` : "";
  useEffect(() => {
    if (!wish) {
      seen.value = { values: null, problem: null };
      return;
    }
    let gone = false;
    // Another session may have no such value: whoever shows it is made anew then.
    const own = client.peek();
    const ask = latest<{ client: SessionClient; source: Source }, TensorValues>(
      ({ client, source }) => client.tensor(wish.name, wish.part, source, wish.index),
      (values, asked) => { if (!gone && asked.client === client.peek()) seen.value = { values, problem: null }; },
      (problem) => { if (!gone) seen.value = { values: null, problem: problem instanceof Error ? problem.message : String(problem) }; },
    );
    const now = () => {
      const one = client.peek();
      if (one && one === own && !gone) ask({ client: one, source: source.peek() });
    };
    const sometime = atMost(wish.everyMs ?? 500, now);
    const stops = [
      effect(() => { void [client.value, source.value]; now(); }),
      effect(() => { void version.value; sometime(); }),
      effect(() => { void step.value; sometime(); }),
    ];
    return () => {
      gone = true;
      for (const stop of stops) stop();
    };
  }, [key]);
  return seen;
}
