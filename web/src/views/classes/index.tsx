import { picture, task, words } from "../../state/lab";
import { ContextField } from "../next-letter";
import { AnswerView } from "./answer";
import { ConfusionView } from "./confusion";
import { LandscapeView } from "./landscape";
import { LatentView } from "./latent";
import { DrawingPad, PixelsView } from "./pad";
import { MeasurementsView, PickerView } from "./picker";

/** A model that is no language model: what it says of examples, of the data's and of one's own. */
export function Examples() {
  const told = task.value;
  if (!told) return <p class="quiet">A language model is asked for the next letter instead: see Next letter.</p>;
  if (words.value) {
    return (
      <div class="classes">
        <ContextField />
        <AnswerView />
        <ConfusionView />
      </div>
    );
  }
  const pictures = picture.value !== null;
  const values = told.reading === "values";
  const width = told.shape.reduce((a, b) => a * b, 1);
  return (
    <div class="classes">
      {!pictures && told.shape.length === 1 && width >= 2 && width <= 100 && <LandscapeView />}
      {pictures && !values && <div class="columns"><DrawingPad /><AnswerView /></div>}
      {pictures && values && <LatentView />}
      {!pictures && <div class="columns"><MeasurementsView /><AnswerView /></div>}
      {pictures && !values && <PixelsView />}
      <PickerView />
      {!values && <ConfusionView />}
    </div>
  );
}
