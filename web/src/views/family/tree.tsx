import type { Tree } from "../../api/types";
import { Heatmap, Legend } from "../../components/heatmap";
import { Panel } from "../../components/panel";
import { extent } from "../../draw/colour";
import { glyph } from "../../draw/letters";
import { shape } from "../../draw/number";
import { identity } from "../../state/lab";
import { usePolled } from "../../state/polled";
import { context } from "../../state/view";

/** How the letters are fused, two by two, up to one vector. */
export function TreeView() {
  const seen = usePolled<Tree>((c) => c.tree(context.value), context.value).value;
  const now = seen.answer;
  if (seen.problem) return <p class="warning">{seen.problem}</p>;
  if (!now) return <p class="quiet">Reading the tree…</p>;
  const most = Math.max(...now.levels.map((l) => l.groups.length));
  return (
    <Panel
      title="Tree of fused letters" note="each level fuses neighbours of the level below"
      kept={{ name: `${identity.value}-tree`, table: () => [["level", "group", "index", "number"], ...now.levels.flatMap((l) => l.values.map((x, i) => { const width = l.values.length / Math.max(l.groups.length, 1); return [l.name, l.groups[Math.floor(i / width)] ?? null, i % width, x]; }))] }}
    >
      <div class="tree wide" tabIndex={0} role="region" aria-label="Tree of fused letters">
        {[...now.levels].reverse().map((level) => {
          const width = Math.round(level.values.length / Math.max(level.groups.length, 1));
          const range = extent(level.values);
          return (
            <div class="level" key={level.name}>
              <div class="level-head"><h3>{level.name} <span class="quiet">{shape(level.shape)}</span></h3><Legend range={range} /></div>
              <div class="groups" style={{ gridTemplateColumns: `repeat(${most}, minmax(54px, 1fr))` }}>
                {level.groups.map((group, g) => {
                  const values = level.values.slice(g * width, (g + 1) * width);
                  const columns = Math.min(16, Math.max(1, width));
                  const rows = Math.ceil(width / columns);
                  const cells = [...values, ...new Array<number>(rows * columns - values.length).fill(0)];
                  return (
                    <div class="group" key={g} style={{ gridColumn: `span ${Math.max(1, Math.round(most / level.groups.length))}` }}>
                      <b class="mono">{[...group].map(glyph).join("")}</b>
                      <Heatmap still values={cells} rows={rows} columns={columns} range={range} largest={9} label={`${level.name} of ${group}`} />
                    </div>
                  );
                })}
              </div>
            </div>
          );
        })}
      </div>
    </Panel>
  );
}
