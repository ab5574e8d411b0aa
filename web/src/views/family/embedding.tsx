import { extent as range } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { EmbeddingMap } from "../../api/types";
import { Panel } from "../../components/panel";
import { glyph } from "../../draw/letters";
import { brief, finite, percent } from "../../draw/number";
import { identity } from "../../state/lab";
import { usePolled } from "../../state/polled";

const WIDTH = 460;
const HEIGHT = 380;

/** The letters where their embeddings lie, brought down to two dimensions. */
export function EmbeddingView() {
  const seen = usePolled<EmbeddingMap>((c) => c.embedding(), "embedding").value;
  const now = seen.answer;
  if (seen.problem) return <p class="quiet">{seen.problem}</p>;
  if (!now) return null;
  const pad = 22;
  const placed = now.points.filter((p) => finite(p[0], p[1]));
  const [x0 = 0, x1 = 1] = range(placed, (p) => p[0]) as [number, number];
  const [y0 = 0, y1 = 1] = range(placed, (p) => p[1]) as [number, number];
  const x = scaleLinear([x0, x1], [pad, WIDTH - pad]);
  const y = scaleLinear([y0, y1], [HEIGHT - pad, pad]);
  return (
    <Panel
      title="Letters as the network sees them"
      note={<>{now.name}{now.explained && now.explained[0] + now.explained[1] < 0.9999 ? ` · the two main directions, ${percent(now.explained[0])} and ${percent(now.explained[1])} of the spread` : ""}</>}
      kept={{ name: `${identity.value}-embedding`, table: () => [["letter", "x", "y"], ...now.points.map((p, i) => [now.letters[i] ?? null, p[0], p[1]])]}}
    >
      <svg class="scatter" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`Embedding of ${now.letters.length} letters in two dimensions`}>
        {x.ticks(5).map((t) => <g key={`x${t}`}><line x1={x(t)} x2={x(t)} y1="8" y2={HEIGHT - 16} /><text class="tick" x={x(t)} y={HEIGHT - 3} text-anchor="middle">{brief(t)}</text></g>)}
        {y.ticks(5).map((t) => <g key={`y${t}`}><line x1="8" x2={WIDTH - 4} y1={y(t)} y2={y(t)} /><text class="tick" x="2" y={y(t) - 2}>{brief(t)}</text></g>)}
        {now.points.map((p, i) => finite(p[0], p[1]) && (
          <g key={i} transform={`translate(${x(p[0])} ${y(p[1])})`} class={"aeiou".includes(now.letters[i] ?? "") && now.letters[i] !== "" ? "dot vowel" : "dot"}>
            <circle r="9" /><text text-anchor="middle" y="4">{glyph(now.letters[i])}</text>
            <title>{`${now.letters[i]}: ${brief(p[0])}, ${brief(p[1])}`}</title>
          </g>
        ))}
      </svg>
    </Panel>
  );
}
