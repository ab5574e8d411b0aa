// What the model makes of the example that is looked at.
import { computed, effect } from "@preact/signals";
import type { Classified, Example, Part } from "../api/types";
import { picture, task, words } from "./lab";
import { usePolled } from "./polled";
import type { Polled } from "./polled";
import { context, example } from "./view";

/** The parts of the data that hold anything, those that nothing is learned from first. */
export const parts = (): Part[] => (["dev", "test", "train"] as const).filter((part) => (task.value?.sizes[part] ?? 0) > 0);

// An example that the data of the session does not have is none: the first that there is.
effect(() => {
  const now = task.value;
  if (!now || words.value) return;
  const at = example.value;
  const width = now.shape.reduce((a, b) => a * b, 1);
  const fits = "split" in at ? at.row < now.sizes[at.split] : "values" in at ? at.values.length === width : "picture" in at && picture.value !== null;
  const first = parts()[0];
  if (!fits && first !== undefined) example.value = { split: first, row: 0 };
});

/** What is asked about: the chosen example; of a model of words, the text that is typed. */
export const asked = computed<Example>(() => (words.value ? { text: context.value } : example.value));

/** What it is taken for, kept current while it trains. */
export const useClassified = (): Polled<Classified> => usePolled((one) => one.classify(asked.peek()), "example", { everyMs: 300, also: asked }).value;

/** The example in a few words. */
export const called = (at: Example): string => ("split" in at ? `example ${at.row} of ${at.split}` : "picture" in at ? "your drawing" : "text" in at ? `“${at.text}”` : "your numbers");
