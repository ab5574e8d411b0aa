import { useState } from "preact/hooks";
import type { Explained, FeatureMaps, Kernels, Neuron, Score } from "../../api/types";
import { Heatmap, Legend } from "../../components/heatmap";
import { Panel } from "../../components/panel";
import { Grey } from "../../components/picture";
import { extent } from "../../draw/colour";
import { brief, finite, fixed, largest, percent } from "../../draw/number";
import { called } from "../../state/example";
import { identity, picture, task } from "../../state/lab";
import { usePolled } from "../../state/polled";
import { example, view } from "../../state/view";

/** Why the model takes the example for what it takes it for. */
export function WhyView() {
  const [asked, setAsked] = useState<number | null>(null);
  const seen = usePolled((c) => c.explain(example.peek(), asked ?? undefined), `why ${asked}`, { everyMs: 1000, also: example }).value;
  const told = task.value;
  const now = seen.answer;
  if (!told) return null;
  if (seen.problem) return <p class="quiet">{seen.problem}</p>;
  if (!now) return <p class="quiet">Looking into it…</p>;
  const pictures = picture.value;
  return (
    <>
      <p class="row">
        <span>Of <b>{called(example.value)}</b> (another is chosen in <button type="button" class="plain" onClick={() => { view.value = "classes"; }}>Examples</button>){now.class !== null && <>, for the class</>}</span>
        {now.class !== null && (
          <select aria-label="Class to explain" value={asked ?? -1} onChange={(e) => { const to = Number(e.currentTarget.value); setAsked(to < 0 ? null : to); }}>
            <option value={-1}>that it is taken for ({asked === null ? now.class : "the likeliest"})</option>
            {told.classes.map((c, i) => <option key={c} value={i}>{c}</option>)}
          </select>
        )}
      </p>
      {now.neuron && <NeuronView neuron={now.neuron} />}
      {now.scores.length > 0 && now.class !== null && <ScoreView scores={now.scores} of={now.class} />}
      {pictures && now.saliency && <PixelsThatMattered now={now} size={pictures} />}
      {!pictures && now.saliency && <MeasurementsThatMattered now={now} />}
      {pictures && now.similar.length > 0 && (
        <Panel title="Training examples that look alike to the model" note="nearest in its last hidden layer, by cosine" kept={{ name: `${identity.value}-similar`, table: () => [["row", "class", "cosine"], ...now.similar.map((s) => [s.row, s.class, s.nearness])] }}>
          <ol class="examples pictures">
            {now.similar.map((s) => (
              <li key={s.row}><button type="button" onClick={() => { example.value = { split: "train", row: s.row }; }}>
                <span class="hidden">Training example {s.row}</span>
                <Grey values={s.input} height={pictures[0]} width={pictures[1]} label="" size={44} /><span>{s.class} <span class="quiet">{fixed(s.nearness, 3)}</span></span>
              </button></li>
            ))}
          </ol>
        </Panel>
      )}
      {now.maps.map((maps) => <MapsView key={maps.name} maps={maps} />)}
    </>
  );
}

/** A class's score as the sum of what arrived. */
function ScoreView({ scores, of }: { scores: Score[]; of: string }) {
  const score = scores.find((s) => s.class === of) ?? scores[0];
  if (!score) return null;
  const shown = score.parts.slice(0, 12);
  const rest = score.parts.slice(12).reduce((sum, p) => sum + p.product, 0);
  const rows: [string, string, number][] = [
    ...shown.map((p): [string, string, number] => [`unit ${p.unit}`, `${brief(p.activation)} × ${brief(p.weight)}`, p.product]),
    ...(score.parts.length > 12 ? [[`${score.parts.length - 12} others`, "", rest] as [string, string, number]] : []),
    ["bias", "", score.bias],
  ];
  const top = largest(rows.map((r) => Math.abs(r[2])), 1e-12);
  return (
    <Panel
      title={`The score of ${of} as a sum`} note={<>activation × weight of every unit of the last hidden layer, and the bias: <b>{brief(score.score)}</b></>}
      kept={{ name: `${identity.value}-score`, table: () => [["class", "unit", "activation", "weight", "product"], ...scores.flatMap((s) => [...s.parts.map((p) => [s.class, p.unit, p.activation, p.weight, p.product]), [s.class, "bias", null, null, s.bias], [s.class, "sum", null, null, s.score]])] }}
    >
      <table class="sums">
        <tbody>
          {rows.map(([name, how, x]) => (
            <tr key={name}><th scope="row">{name}</th><td class="how">{how}</td>
              <td class="signed">{finite(x) && <i class={x < 0 ? "less" : "more"} style={x < 0 ? { right: "50%", width: `${(Math.abs(x) / top) * 50}%` } : { left: "50%", width: `${(x / top) * 50}%` }} />}</td>
              <td>{brief(x)}</td>
            </tr>
          ))}
          <tr class="sum"><th scope="row">together</th><td /><td /><td><b>{brief(score.score)}</b></td></tr>
        </tbody>
      </table>
    </Panel>
  );
}

/** Saliency and occlusion of a picture. */
function PixelsThatMattered({ now, size }: { now: Explained; size: [number, number] }) {
  const [height, width] = size;
  const heat = (name: string, values: readonly number[], told: string) => (
    <figure class="mattered">
      <h3>{name}</h3>
      <Heatmap values={values} rows={height} columns={width} range={extent(values)} largest={20} tallest={180} label={name} />
      <figcaption>{told}</figcaption>
    </figure>
  );
  const saliency = now.saliency;
  const occlusion = now.occlusion;
  return (
    <Panel
      title={`Which pixels speak for ${now.class}`}
      kept={{ name: `${identity.value}-saliency`, table: () => [["row", "column", "gradient", "gradient × input", "probability when hidden"], ...(saliency?.gradient.map((g, i) => [Math.floor(i / width), i % width, g, saliency.product[i] ?? null, occlusion?.probability[i] ?? null]) ?? [])] }}
    >
      <div class="side-by-side">
        {saliency && heat("Gradient", saliency.gradient, "orange: more ink here raises the score")}
        {saliency && heat("Gradient × pixel", saliency.product, "what each pixel adds")}
        {occlusion && (
          <figure class="mattered">
            <h3>Hidden by a patch</h3>
            <Heatmap values={occlusion.probability.map((p) => p - occlusion.whole)} rows={height} columns={width} range={Math.max(1e-6, extent(occlusion.probability.map((p) => p - occlusion.whole)))} largest={20} tallest={180} label="Change of the probability when a patch hides this place" />
            <figcaption>blue: {percent(occlusion.whole)} falls when {occlusion.patch} × {occlusion.patch} pixels are hidden here</figcaption>
          </figure>
        )}
      </div>
    </Panel>
  );
}

function MeasurementsThatMattered({ now }: { now: Explained }) {
  const features = task.value?.features ?? [];
  const saliency = now.saliency;
  if (!saliency) return null;
  return (
    <Panel title={`Which measurements speak for ${now.class}`} note="gradient of the score, and gradient × input as the model sees it" kept={{ name: `${identity.value}-saliency`, table: () => [["measurement", "gradient", "gradient × input"], ...saliency.gradient.map((g, i) => [features[i] ?? i, g, saliency.product[i] ?? null])] }}>
      <table><thead><tr><th scope="col">measurement</th><th scope="col">gradient</th><th scope="col">× input</th></tr></thead>
        <tbody>{saliency.gradient.map((g, i) => <tr key={i}><th scope="row">{features[i] ?? `feature ${i}`}</th><td>{brief(g)}</td><td>{brief(saliency.product[i])}</td></tr>)}</tbody>
      </table>
    </Panel>
  );
}

/** All maps of a layer. */
function MapsView({ maps }: { maps: FeatureMaps }) {
  const [count, height, width] = maps.shape;
  const range = extent(maps.values);
  const each = height * width;
  return (
    <Panel title={`Feature maps ${maps.name}`} note={`${count} of ${height} × ${width}, one colour range`} kept={{ name: `${identity.value}-${maps.name}`, table: () => [["map", "row", "column", "number"], ...maps.values.map((x, i) => [Math.floor(i / each), Math.floor((i % each) / width), i % width, x])] }}>
      <ol class="maps">
        {Array.from({ length: Math.min(count, 64) }, (_, i) => (
          <li key={i}><Heatmap still values={maps.values.slice(i * each, (i + 1) * each)} rows={height} columns={width} range={range} largest={12} tallest={72} label={`Map ${i} of ${maps.name}`} /><span class="quiet">{i}</span></li>
        ))}
      </ol>
      <Legend range={range} />
    </Panel>
  );
}

/** What the convolutions look for. */
export function KernelsView() {
  const seen = usePolled<Kernels[]>((c) => c.kernels(), "kernels", { everyMs: 700 }).value;
  if (seen.problem) return <p class="quiet">{seen.problem}</p>;
  return <>{seen.answer?.map((k) => <KernelTable key={k.name} kernels={k} />)}</>;
}

function KernelTable({ kernels }: { kernels: Kernels }) {
  const [count, maps, height, width] = kernels.shape;
  const range = extent(kernels.values);
  const each = height * width;
  const rows = Math.min(count, 16);
  const columns = Math.min(maps, 16);
  return (
    <Panel title={`Kernels ${kernels.name}`} note={`${count} kernels over ${maps} ${maps === 1 ? "map" : "maps"}, ${height} × ${width}`} kept={{ name: `${identity.value}-${kernels.name}`, table: () => [["kernel", "map", "row", "column", "weight"], ...kernels.values.map((x, i) => [Math.floor(i / (maps * each)), Math.floor(i / each) % maps, Math.floor((i % each) / width), i % width, x])] }}>
      <div class="wide" tabIndex={0} role="region" aria-label={`Kernels of ${kernels.name}`}>
        <div class="kernels" style={{ gridTemplateColumns: columns === 1 ? "repeat(auto-fill, 52px)" : `repeat(${columns}, 40px)` }}>
          {Array.from({ length: rows * columns }, (_, i) => {
            const at = (Math.floor(i / columns) * maps + (i % columns)) * each;
            return <Heatmap key={i} still values={kernels.values.slice(at, at + each)} rows={height} columns={width} range={range} largest={columns === 1 ? 16 : 12} tallest={columns === 1 ? 48 : 36} label={`Kernel ${Math.floor(i / columns)} over map ${i % columns}`} />;
          })}
        </div>
      </div>
      <Legend range={range} />
    </Panel>
  );
}

/** A single neuron, to be checked on paper. */
function NeuronView({ neuron }: { neuron: Neuron }) {
  return (
    <Panel title="One neuron, on paper" note={<>{neuron.activation}(sum) = <b>{brief(neuron.output)}</b>{neuron.class !== null && <>: <b>{neuron.class}</b>{neuron.fires !== null && (neuron.fires ? ", it fires" : ", it does not fire")}</>}</>} kept={{ name: `${identity.value}-neuron`, table: () => [["input", "measured", "value", "weight", "product"], ...neuron.inputs.map((i) => [i.name, i.measured, i.value, i.weight, i.product]), ["bias", null, null, null, neuron.bias], ["sum", null, null, null, neuron.sum], ["output", null, null, null, neuron.output]] }}>
      <table class="paper">
        <thead><tr><th scope="col">input</th><th scope="col">value</th><th scope="col">× weight</th><th scope="col">= product</th></tr></thead>
        <tbody>
          {neuron.inputs.map((i) => <tr key={i.name}><th scope="row">{i.name}</th><td>{brief(i.value)}{i.value !== i.measured && <span class="quiet"> (measured {brief(i.measured)})</span>}</td><td>{brief(i.weight)}</td><td>{brief(i.product)}</td></tr>)}
          <tr><th scope="row">bias</th><td /><td /><td>{brief(neuron.bias)}</td></tr>
          <tr class="sum"><th scope="row">sum</th><td /><td /><td><b>{brief(neuron.sum)}</b></td></tr>
          <tr><th scope="row">{neuron.activation}(sum)</th><td /><td /><td><b>{brief(neuron.output)}</b></td></tr>
        </tbody>
      </table>
    </Panel>
  );
}
