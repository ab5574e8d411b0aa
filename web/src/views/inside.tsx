import { session } from "../state/lab";
import { AttentionView, LensView } from "./family/attention";
import { EmbeddingView } from "./family/embedding";
import { StatesView } from "./family/states";
import { TreeView } from "./family/tree";
import { ContextField } from "./next-letter";

/** What is particular to the kind of network that is shown. */
export function Inside() {
  const family = session.value?.family ?? "";
  const embedding = !["bigram", "ngram", "classifier"].includes(family);
  return (
    <div class="inside">
      {session.value?.form !== "table" && session.value?.form !== "images" && <ContextField />}
      {family === "transformer" && <><AttentionView /><LensView /></>}
      {["rnn", "gru", "lstm"].includes(family) && <StatesView />}
      {family === "wavenet" && <TreeView />}
      {embedding && <EmbeddingView />}
      {!embedding && <p class="quiet">A {family} model has no inner values of its own beside its table: see the table in Network.</p>}
    </div>
  );
}
