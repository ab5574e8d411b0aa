import { useState } from "preact/hooks";
import type { Attention, Lens } from "../../api/types";
import { Heatmap } from "../../components/heatmap";
import { Panel } from "../../components/panel";
import { extent } from "../../draw/colour";
import { glyph } from "../../draw/letters";
import { brief, finite, fixed } from "../../draw/number";
import { identity, vocabulary } from "../../state/lab";
import { usePolled } from "../../state/polled";
import { context } from "../../state/view";

const STAGES = [["scaled", "scaled: q·k / √d"], ["masked", "masked: no look ahead"], ["pattern", "softmax: the pattern"]] as const;
type Stage = (typeof STAGES)[number][0];

/** Every head of every block: which letter looks at which. */
export function AttentionView() {
  const seen = usePolled<Attention>((c) => c.attention(context.value), context.value).value;
  const [stage, setStage] = useState<Stage>("pattern");
  const [at, setAt] = useState<{ layer: number; head: number; cell: number } | null>(null);
  const now = seen.answer;
  if (seen.problem) return <p class="warning">{seen.problem}</p>;
  if (!now) return <p class="quiet">Reading the attention…</p>;
  const chosen = at && now.layers[at.layer]?.heads[at.head]?.[stage];
  const n = now.letters.length;
  const letters = now.letters.map(glyph);
  const number = chosen && at ? chosen[Math.floor(at.cell / n)]?.[at.cell % n] : undefined;
  return (
    <Panel
      title="Attention" note="rows look at columns"
      tools={<div class="choice" role="group" aria-label="Stage">{STAGES.map(([id, name]) => <button type="button" key={id} aria-pressed={stage === id} onClick={() => setStage(id)}>{name}</button>)}</div>}
      kept={{
        name: `${identity.value}-attention`,
        table: () => [["block", "head", "stage", "looks from", "at", "number"], ...now.layers.flatMap((l) => l.heads.flatMap((h, i) => STAGES.flatMap(([s]) => h[s].flatMap((row, r) => row.map((x, c) => [l.name, i, s, `${r} ${now.letters[r]}`, `${c} ${now.letters[c]}`, x])))))],
      }}
    >
      <div class="heads">
        {now.layers.map((layer, l) => (
          <div key={layer.name} class="head-row">
            <h3>{layer.name}</h3>
            <div class="head-list">
              {layer.heads.map((head, h) => {
                const square = head[stage];
                const flat = square.flatMap((row) => row.map((x) => x ?? 0));
                return (
                  <div key={h} class="one-head">
                    <span class="quiet">head {h}</span>
                    <Heatmap
                      values={flat} rows={n} columns={n} range={stage === "pattern" ? 1 : extent(flat)} largest={Math.max(4, Math.min(22, 180 / n))} tallest={180}
                      label={`${layer.name}, head ${h}, ${stage}`} rowNames={letters} columnNames={letters} onPoint={(cell) => setAt(cell === null ? null : { layer: l, head: h, cell })}
                    />
                  </div>
                );
              })}
            </div>
          </div>
        ))}
      </div>
      <p class="mono readline">
        {at && number !== undefined
          ? <>{now.layers[at.layer]?.name} head {at.head}: {Math.floor(at.cell / n)} <b>{glyph(now.letters[Math.floor(at.cell / n)])}</b> looks at {at.cell % n} <b>{glyph(now.letters[at.cell % n])}</b>: <b>{number === null ? "−∞ (masked)" : brief(number)}</b></>
          : <span class="quiet">Point at a cell for its number.</span>}
      </p>
    </Panel>
  );
}

/** What each block would say if the network ended there. */
export function LensView() {
  const seen = usePolled<Lens>((c) => c.lens(context.value), context.value).value;
  const now = seen.answer;
  const names = vocabulary.value;
  if (seen.problem) return <p class="warning">{seen.problem}</p>;
  if (!now) return null;
  const best = (p: number[]) => p.map((x, i) => [x, i] as const).sort((a, b) => b[0] - a[0]).slice(0, 3);
  return (
    <Panel
      title="Logit lens" note="the likeliest next letter after each block, at each position"
      kept={{ name: `${identity.value}-lens`, table: () => [["block", "position", "letter", "next", "probability"], ...now.layers.flatMap((l) => l.probabilities.flatMap((p, t) => p.map((x, i) => [l.name, t, now.letters[t] ?? null, names[i] ?? null, x])))] }}
    >
      <div class="wide" tabIndex={0} role="region" aria-label="Logit lens">
        <table class="lens">
          <thead><tr><th scope="col">after</th>{now.letters.map((l, t) => <th scope="col" key={t}>{glyph(l)}</th>)}</tr></thead>
          <tbody>
            {[...now.layers].reverse().map((layer) => (
              <tr key={layer.name}>
                <th scope="row">{layer.name}</th>
                {layer.probabilities.map((p, t) => {
                  const top = best(p);
                  const first = top[0];
                  return (
                    <td key={t} title={top.map(([x, i]) => `${glyph(names[i])} ${fixed(x, 3)}`).join(", ")}>
                      <span class="share" style={{ opacity: 0.12 + 0.55 * (finite(first?.[0]) ? (first?.[0] as number) : 0) }} />
                      <b>{glyph(names[first?.[1] ?? 0])}</b> {fixed(first?.[0], 2)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
