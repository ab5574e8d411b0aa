import { useState } from "preact/hooks";
import type { States } from "../../api/types";
import { Heatmap } from "../../components/heatmap";
import { Panel } from "../../components/panel";
import { extent } from "../../draw/colour";
import { glyph } from "../../draw/letters";
import { brief } from "../../draw/number";
import { identity } from "../../state/lab";
import { usePolled } from "../../state/polled";
import { context } from "../../state/view";

/** The hidden state and its gates, letter by letter. */
export function StatesView() {
  const seen = usePolled<States>((c) => c.states(context.value), context.value).value;
  const [at, setAt] = useState<{ name: string; cell: number } | null>(null);
  const now = seen.answer;
  if (seen.problem) return <p class="warning">{seen.problem}</p>;
  if (!now) return <p class="quiet">Reading the states…</p>;
  const chosen = at && now.values.find((v) => v.name === at.name);
  const width = chosen?.shape[1] ?? 1;
  return (
    <Panel
      title="State over time" note="one row a letter, one column a neuron"
      kept={{ name: `${identity.value}-states`, table: () => [["value", "time", "letter", "neuron", "number"], ...now.values.flatMap((v) => v.values.map((x, i) => [v.name, Math.floor(i / (v.shape[1] ?? 1)), now.letters[Math.floor(i / (v.shape[1] ?? 1))] ?? null, i % (v.shape[1] ?? 1), x]))] }}
    >
      {now.values.map((v) => {
        const rows = v.shape[0] ?? 1;
        const columns = v.shape[1] ?? 1;
        return (
          <div key={v.name} class="state">
            <h3>{v.name} <span class="quiet">{rows} × {columns}</span></h3>
            <div>
              <Heatmap rowNames={now.letters.slice(-rows).map(glyph)} values={v.values} rows={rows} columns={columns} range={extent(v.values)} largest={16} tallest={16 * rows} label={`${v.name} over time`} onPoint={(cell) => setAt(cell === null ? null : { name: v.name, cell })} />
            </div>
          </div>
        );
      })}
      <p class="mono readline">{chosen && at ? <>{at.name}, after <b>{glyph(now.letters[Math.floor(at.cell / width)])}</b>, neuron {at.cell % width}: <b>{brief(chosen.values[at.cell])}</b></> : <span class="quiet">Point at a cell for its number.</span>}</p>
    </Panel>
  );
}
