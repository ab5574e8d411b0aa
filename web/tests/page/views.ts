/** The names of the views, as they stand on their tabs: of a language model, and what other models have besides. */
export const VIEWS = ["Network", "Next letter", "Edits", "One step", "Letter graph", "Inside", "Diagnostics", "Precision", "One neuron"];
export const OF_CLASSIFIERS = ["Examples", "Inside", "Edits"];
