import { language, model, task, words } from "../state/lab";
import { KernelsView, WhyView } from "./classes/why";
import { Counts } from "./counts";
import { AttentionView, LensView } from "./family/attention";
import { EmbeddingView } from "./family/embedding";
import { StatesView } from "./family/states";
import { TreeView } from "./family/tree";
import { ContextField } from "./next-letter";

/** What is particular to the kind of network that is shown. */
export function Inside() {
  const family = model.value;
  if (!language.value) {
    return (
      <div class="inside">
        {words.value && <ContextField />}
        {!words.value && (task.value?.reading !== "values" || task.value.shape.length === 1) && <WhyView />}
        {!words.value && <KernelsView />}
        {words.value && <EmbeddingView />}
        {task.value?.reading === "values" && task.value.shape.length === 3 && <p class="quiet">An autoencoder's middle is drawn in Examples; every value on the way stands in Network.</p>}
      </div>
    );
  }
  const embedding = !["bigram", "ngram"].includes(family);
  return (
    <div class="inside">
      <ContextField />
      {family === "transformer" && <><AttentionView /><LensView /></>}
      {["rnn", "gru", "lstm"].includes(family) && <StatesView />}
      {family === "wavenet" && <TreeView />}
      {embedding && <EmbeddingView />}
      {family === "ngram" && <Counts />}
      {family === "bigram" && <p class="quiet">A neural bigram is one table of weights: a row of logits for each letter. See weight in Network.</p>}
    </div>
  );
}
