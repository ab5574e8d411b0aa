// Whole tensors, asked for only while they are shown.
import type { Signal } from "@preact/signals";
import type { TensorValues } from "../api/types";
import { source } from "./lab";
import { usePolled } from "./polled";
import type { Polled } from "./polled";

export interface Wish { name: string; part: "value" | "gradient"; index?: string | undefined; everyMs?: number }

/** The numbers of `wish`, kept current while the component is on the page. */
export function useTensor(wish: Wish | null): Signal<Polled<TensorValues>> {
  const key = wish && `${wish.name} ${wish.part} ${wish.index ?? ""}`;
  return usePolled((one) => one.tensor(wish?.name ?? "", wish?.part ?? "value", source.peek(), wish?.index), key, { everyMs: wish?.everyMs ?? 500, also: source, here: true });
}
