// What the server says and is told, as its API document has it.

export type Value = string | number | boolean | null | number[] | string[];

export interface Key {
  path: string;
  section: string;
  kind: string | null;
  name: string;
  form: "bool" | "int" | "float" | "text" | "choice" | "ints" | "floats" | "texts";
  choices?: string[];
  min: number | null;
  max: number | null;
  default: Value;
  doc: string;
}

export type Entry = Key & { value: Value };
export type Changes = Record<string, Value>;

export interface Recipe {
  name: string;
  about: string;
  model: string;
  data: string;
  /** What the model takes. */
  takes: "tokens" | "features" | "words";
  parameters: number | null;
  toml: string;
  entries: Entry[];
}

export interface Checked { toml: string; entries: Entry[]; model: string; parameters: number | null; about: string }

export interface DataSet {
  name: string;
  kind: "lines" | "text" | "table" | "images" | "points";
  description: string;
  source: string;
  licence: string;
  available: boolean;
  uploaded: boolean;
  bytes: number | null;
}

export interface DataDetail {
  name: string;
  kind: string;
  items: number | null;
  examples: string[];
  vocabulary: string[] | number | null;
}

export interface Run {
  name: string;
  recipe: string;
  model: string;
  data: string;
  parameters: number;
  status: string;
  step: number;
  steps: number;
  seconds: number;
  created: string | number;
  losses: { loss_mean: number | null; train_loss: number | null; dev_loss: number | null; test_loss: number | null };
  session: boolean;
}

export type RunDetail = Run & { toml: string; entries: Entry[]; checkpoints: number[]; series: string[] };

export type Status = "paused" | "playing" | "replaying" | "finished" | "diverged" | "asleep";

/** What a model tells that is no language model. */
export interface Task {
  /** A logit of each class, an estimate of each class's share, or values. */
  reading: "softmax" | "shares" | "values";
  /** What the classes or values are called. */
  classes: string[];
  /** What goes in is called; empty for pictures. */
  features: string[];
  /** Of one example: `[4]`, `[1, 8, 8]`. */
  shape: number[];
  /** How many examples each part of the data has. */
  sizes: Record<Part, number>;
}
export type Part = "train" | "dev" | "test";

export interface State {
  id: string;
  recipe: string;
  model: string;
  data: string;
  status: Status;
  step: number;
  steps: number;
  learning_rate: number;
  learning_rate_fixed: number | null;
  speed: number | null;
  steps_per_second: number | null;
  loss: number | null;
  dev_loss: number | null;
  parameters: number;
  vocabulary: string[];
  block_size: number;
  /** `contexts` and `sequences` of letters, or `examples`. */
  form: "contexts" | "sequences" | "examples";
  task: Task | null;
  accuracy: number | null;
  seed: number;
  message: string | null;
  checkpoints: number[];
  edits: number;
  version: number;
  replay: { from: number; to: number } | null;
  toml: string;
}

/** Later events leave out what does not change. */
export type StateNews = Omit<State, "toml" | "vocabulary" | "checkpoints" | "task"> & Partial<State>;

export interface LossNews {
  /** What was told before is to be forgotten. */
  reset: boolean;
  train: [number, number, number | null][];
  dev: [number, number][];
  accuracy: [number, number][];
  learning_rate: [number, number][];
}

export interface Sample { text: string; known: boolean | null }
export interface SampleNews { step: number; samples: Sample[] }

export interface ServerBins { low: number; high: number; counts: number[] }
export interface Moments { mean: number; std: number | null; min: number; max: number }

export interface Row extends Moments {
  kind: "parameter" | "buffer" | "activation";
  name: string;
  shape: number[];
  nonlinearity: string | null;
  saturated: number | null;
  dead_units: number | null;
  not_finite: number;
  gradient: Moments | null;
  gradient_ratio: number | null;
  /** std(update) / std(value) */
  update_ratio: number | null;
  update_log10: number | null;
  histogram?: ServerBins | null;
  gradient_histogram?: ServerBins | null;
}
export interface Advice { topic: string; text: string; activation: string | null; parameters: string[]; factor: number | null }
/** Every tensor of the next step in numbers. */
export interface Diagnosis {
  step: number;
  loss: number | null;
  chance: number | null;
  learning_rate: number;
  rows: Row[];
  advice: Advice[];
}

export interface Prediction {
  step: number;
  tokens: number[];
  letters: string[];
  logits: number[];
  probabilities: number[];
  plain: number[];
  /** Its text. */
  target: string | null;
  loss: number | null;
  importance: { position: number; letter: string; score: number }[] | null;
  bias: number[] | null;
  unedited?: { logits: number[]; probabilities: number[]; plain: number[]; loss: number | null } | null;
}

export interface PredictionAsk {
  context: string;
  target?: string;
  temperature?: number;
  top_k?: number;
  top_p?: number;
  importance?: boolean;
  edited?: boolean;
  compare?: boolean;
}

export interface Generated { step: number; seed: number; samples: Sample[] }
export interface Evaluated { split: string; step: number; loss: number; perplexity: number; accuracy: number; examples: number }

export interface NetworkValue { name: string; kind: "input" | "parameter" | "buffer" | "activation" | "loss"; shape: number[]; op: string | null; path: string }
export interface NetworkEdge { from: string; to: string; shape: number[]; through: string[] }
export interface Operand { index: number | null; name: string | null; shape: number[] }
export interface Operation { index: number; op: string; path: string; inputs: Operand[]; shape: number[]; name: string | null; formula: string }
export interface Network {
  step: number;
  target: number | null;
  loss: number;
  values: NetworkValue[];
  edges: NetworkEdge[];
  operations: Operation[];
}

export interface TensorInfo { name: string; kind: "parameter" | "activation" | "buffer"; shape: number[]; dtype: string; numbers: number }
export interface TensorValues { values: Float32Array; shape: number[]; full: number[]; step: number; dtype: string }

export interface History { name: string; steps: number[]; rows: Row[] }

export interface TracePart { index?: number | null; name: string | null; shape: number[]; tensor: string }
export interface TraceOperation {
  index: number;
  op: string;
  path: string;
  name: string | null;
  formula: string;
  inputs: TracePart[];
  output?: TracePart | null;
  outputs?: TracePart[];
}
export interface Trace {
  step: number;
  loss: number;
  learning_rate: number;
  phases: { phase: "forward" | "loss" | "backward" | "update"; operations: TraceOperation[] }[];
}

export interface Connection { context: string; next: string; count: number }
export interface LetterGraph { strength: number; connections: Connection[] }

export type EditValue = number | null | { context: string; session?: string } | LetterGraph;
export type Range = ([number, number] | null)[] | null;

export interface NewEdit {
  kind: "parameter" | "activation" | "bias" | "learning_rate";
  name?: string;
  range?: Range;
  operation?: string;
  value?: EditValue;
  seed?: number;
  step?: number;
  note?: string;
  enabled?: boolean;
}
export interface Edit extends NewEdit { id: number; step: number; enabled: boolean }
export interface LogChange { edit?: Edit; state: State; edits: Edit[] }
export interface EditLog { format: "gradus-edits"; version: number; recipe: unknown; seed: number; edits: Edit[] }

export interface Compared {
  step: number;
  edited: { loss: number | null; samples: Sample[] };
  unedited: { loss: number | null; samples: Sample[] };
}

export interface Attention {
  letters: string[];
  layers: { name: string; heads: { scaled: number[][]; masked: (number | null)[][]; pattern: number[][] }[] }[];
}
export interface Lens { letters: string[]; layers: { name: string; probabilities: number[][] }[] }
export interface States { letters: string[]; values: { name: string; shape: number[]; values: number[] }[] }
export interface Tree { letters?: string[]; levels: { name: string; shape: number[]; groups: string[]; values: number[] }[] }
export interface EmbeddingMap { name: string; letters: string[]; points: [number, number][]; explained: [number, number] | null }

export interface ScalarNode { index: number; op: string; label: string | null; value: number; gradient: number; inputs: number[] }
export interface Scalar {
  nodes: ScalarNode[];
  order: number[];
  backward: { node: number; formula: string; contributions: { to: number; local: number; amount: number }[] }[];
  svg: string;
}

/** A run in one format: its losses, why it ended early, and how far each tensor has come from the exact one. */
export interface Track {
  name: string;
  losses: [number, number][];
  failed: string | null;
  divergence: { name: string; kind: "parameter" | "activation"; relative: number | null }[];
}
export interface StudyNews {
  status: "running" | "done" | "cancelled" | "failed";
  /** The session's step it begins at, and how many it makes in each format. */
  step: number;
  steps: number;
  made: number;
  all: number;
  message: string | null;
}
export interface Study extends StudyNews { formats: Track[] }

/** Which example is meant: one of the data, or one of the person's own. */
export type Example =
  | { split: Part; row: number }
  /** As measured, or the pixels of a picture. */
  | { values: number[] }
  /** Grey from 0 to 1, in any size. */
  | { picture: { height: number; width: number; grey: number[] } }
  /** Of a model of words. */
  | { text: string };

export interface Classified {
  step: number;
  /** The example as it was measured; of a picture, its pixels in the model's size. */
  input: number[];
  /** Its class in the data, as an index. */
  label: number | null;
  /** Of values: what the data wants. */
  wanted: number[] | null;
  /** What it is taken for; null where the model tells values. */
  class: number | null;
  outputs: number[];
  /** Of the classes; of values, the values. */
  probabilities: number[];
  unedited: number[] | null;
  loss: number | null;
}
export interface Listed { split: Part; row: number; input: number[]; label: number | null; class: number | null; probabilities: number[] }
export interface Examples { step: number; split: Part; total: number; wrong: number | null; examples: Listed[] }
export interface OfClass { class: string; precision: number | null; recall: number | null; f1: number | null; support: number }
export interface Confusion { step: number; split: Part; classes: string[]; matrix: number[][]; accuracy: number | null; of_class: OfClass[] }
export interface Landscape {
  step: number;
  features: [number, number];
  names: [string, string];
  x: [number, number];
  y: [number, number];
  held: [string, number][];
  classes: string[];
  values: boolean;
  columns: number;
  /** At the middle of each place, row by row from the lower left corner up. */
  probabilities: number[][];
  points: { split: Part; row: number; at: [number, number]; label: number | null; wanted: number[] | null; class: number | null; probabilities: number[] }[];
}
export interface Kernels { name: string; shape: [number, number, number, number]; values: number[] }
export interface FeatureMaps { name: string; shape: [number, number, number]; values: number[] }
export interface Score { class: string; parts: { unit: number; activation: number; weight: number; product: number }[]; bias: number; score: number }
export interface Neuron {
  inputs: { name: string; measured: number; value: number; weight: number; product: number }[];
  bias: number;
  sum: number;
  activation: string;
  output: number;
  fires: boolean | null;
  class: string | null;
}
/** Why a model says what it says of one example; what does not fit its kind is null or empty. */
export interface Explained {
  step: number;
  class: string | null;
  maps: FeatureMaps[];
  scores: Score[];
  saliency: { gradient: number[]; product: number[] } | null;
  occlusion: { patch: number; whole: number; probability: number[] } | null;
  similar: { row: number; class: string | null; nearness: number; input: number[] }[];
  neuron: Neuron | null;
}
export interface Latent {
  step: number;
  split: Part;
  name: string;
  dimensions: number;
  explained: [number, number] | null;
  places: [number, number][];
  labels: number[];
  classes: string[];
  errors: number[];
}
