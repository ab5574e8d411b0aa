// What the server says and is told. All of it is made from the API's description (schema.ts); here stand the few names that
// the page has of its own.
import type { Asleep, EditGiven, EditLogGiven, Entry, Events, LogChange as AnyLogChange, NewEdit, Odds, Setting, State as AnyState, Tensor } from "./schema";

export type {
  Advice, Attention, Checked, Classified, Compared, Confusion, Connection, DataDetail, DataSet, Diagnosis, Edit, EditLog,
  EditLogGiven, EmbeddingMap, Ended, Entry, Evaluated, Examples, Explained, FeatureMaps, Generated, History, Kernels, Key, Landscape,
  Latent, Lens, LetterGraph, LossNews, Moments, Network, NetworkEdge, NetworkValue, Neuron, NewEdit, OfClass,
  Operand, Operation, Prediction, PredictionAsk, Range, Recipe, Row, Run, RunDetail, Sample, Scalar, ScalarNode, Score,
  StateValues, States, Status, Study, StudyNews, Task, TensorInfo, Trace, TraceOperation, TracePart, Track, Tree,
} from "./schema";

/** The value of a recipe's key. */
export type Value = Setting;
export type Changes = Record<string, Value>;

export type Part = "train" | "dev" | "test";

/** A session. What never changes is told once: by the answer to a command, and by the first event. */
export type State = AnyState & Required<Pick<AnyState, "vocabulary" | "toml" | "task">>;
/** The answer to a change of the edit log. */
export type LogChange = Omit<AnyLogChange, "state"> & { state: State };
/** Later events leave it out. */
export type StateNews = AnyState;
/** A line of the list of sessions. */
export type ListedSession = AnyState | Asleep;
export type SampleNews = Events["samples"];
export type ServerBins = NonNullable<import("./schema").Row["histogram"]>;

export type EditValue = NewEdit["value"];
export type GivenEdit = EditGiven;
export type GivenLog = EditLogGiven;
export type Unedited = Odds;
export type KeyValue = Entry;
export type TensorAnswer = Tensor;

/** Numbers as they come in bytes. */
export interface TensorValues { values: Float32Array; shape: number[]; full: number[]; step: number; dtype: string }

/** Which example is meant: one of the data, or one of the person's own. */
export type Example =
  | { split: Part; row: number }
  /** As measured, or the pixels of a picture. */
  | { values: number[] }
  /** Grey from 0 to 1, in any size. */
  | { picture: { height: number; width: number; grey: number[] } }
  /** Of a model of words. */
  | { text: string };
