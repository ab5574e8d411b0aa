// The model's named values and how they follow from each other.
import { computed, effect, signal } from "@preact/signals";
import type { Network, NetworkValue, Row } from "../api/types";
import { client, identity, source, statistics } from "./lab";
import { closed, selected } from "./view";

export const network = signal<Network | null>(null);
export const networkProblem = signal<string | null>(null);

// What another session is made of is not known until it is asked.
let of: string | null = null;
effect(() => {
  if (identity.value !== of) network.value = null;
  of = identity.value;
});

/** What is looked at before anybody has picked something: the first table of weights, which is seen to change as it learns. */
function first(network: Network): string | null {
  const table = network.values.find((v) => v.kind === "parameter" && v.shape.length === 2 && v.shape.every((n) => n > 1));
  return (table ?? network.values.find((v) => v.kind === "parameter") ?? network.values.find((v) => v.kind === "buffer") ?? network.values[0])?.name ?? null;
}

let asked = 0;

export async function readNetwork(): Promise<void> {
  const now = client.peek();
  if (!now) return;
  const turn = (asked += 1);
  try {
    const found = await now.network(source.peek());
    if (turn !== asked || identity.peek() !== now.id) return;
    network.value = found;
    if (selected.peek() !== null && !found.values.some((v) => v.name === selected.peek())) selected.value = null;
    if (selected.peek() === null && !closed.peek()) selected.value = first(found);
    networkProblem.value = null;
  } catch (problem) {
    if (turn === asked) networkProblem.value = problem instanceof Error ? problem.message : String(problem);
  }
}

/** Statistics by name, as the last event told them. */
export const rows = computed(() => new Map<string, Row>(statistics.value?.rows.map((row) => [row.name, row])));

export const valueOf = (name: string | null): NetworkValue | undefined => network.value?.values.find((value) => value.name === name);

/** `blocks.0.attn.query.weight` belongs to `blocks.0.attn.query`. */
export const layerOf = (name: string): string => (name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : name);
