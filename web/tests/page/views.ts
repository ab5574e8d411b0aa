/** The names of the views, as they stand on their tabs. */
export const VIEWS = ["Network", "Next letter", "Edits", "One step", "Letter graph", "Inside", "Diagnostics", "Precision", "One neuron"];
