import { useEffect, useState } from "preact/hooks";
import { Lines } from "../components/lines";
import type { Line } from "../components/lines";
import { Panel } from "../components/panel";
import { css } from "../draw/colour";
import { brief, count, loss } from "../draw/number";
import type { Study } from "../api/types";
import { attempt, client, identity, studyNews, trainable } from "../state/lab";

const FORMATS = ["f32", "bf16", "f16", "tf32", "e4m3", "e5m2", "decimal:3", "decimal:2"];
const TONES = ["ink", "blue", "orange", "run-1", "run-2", "run-3", "run-4", "muted", "warn-ink"];

/** Steps the server trains at most in one format. */
const MOST = 10_000;

/** The same seed and batches, every result rounded to fewer digits. */
export function Precision() {
  const [chosen, setChosen] = useState<readonly string[]>(["f32", "bf16", "f16", "e4m3"]);
  const [steps, setSteps] = useState(200);
  const [study, setStudy] = useState<Study | null>(null);
  const news = studyNews.value;
  const running = news?.status === "running";
  // What was found is asked for when the events say that it is there; also after a reload, or in another tab.
  const done = news?.status === "done" ? `${identity.value} ${news.step} ${news.all}` : null;
  useEffect(() => {
    if (done === null) return;
    let gone = false;
    void attempt(async () => client.peek()?.study()).then((found) => { if (found && !gone) setStudy(found); });
    return () => { gone = true; };
  }, [done]);
  const begin = async () => {
    setStudy(null);
    const begun = await attempt(async () => client.peek()?.beginStudy([...chosen], steps));
    if (begun) studyNews.value = begun;
  };
  const lines: Line[] = (study?.formats ?? []).map((f, i) => ({ name: f.name, x: f.losses.map((p) => p[0]), y: f.losses.map((p) => p[1]), tone: TONES[i % TONES.length] ?? "blue", width: i === 0 ? 2.2 : 1.4, ...(i > 3 ? { dash: [5, 3] } : {}) }));
  const layers = [...new Set(study?.formats.flatMap((f) => f.divergence.map((d) => d.name)) ?? [])];
  return (
    <div class="precision">
      <Panel title="The same run in several precisions" note="same seed, same batches; every result of every operation is rounded, forward and backward">
        <div class="row">
          {FORMATS.map((f) => (
            <label class="small" key={f}><input type="checkbox" checked={chosen.includes(f)} onChange={(e) => setChosen(e.currentTarget.checked ? FORMATS.filter((g) => g === f || chosen.includes(g)) : chosen.filter((g) => g !== f))} /> {f}</label>
          ))}
        </div>
        <div class="row">
          <label class="field"><span>steps</span><input type="number" class="narrow" min="1" max={MOST} value={steps} onInput={(e) => setSteps(Math.max(1, Math.min(MOST, Math.trunc(Number(e.currentTarget.value)) || 1)))} /></label>
          <button type="button" class="primary" disabled={running || chosen.length === 0 || !trainable.value} onClick={() => void begin()}>Compare</button>
          {running && <button type="button" onClick={() => void attempt(async () => client.peek()?.endStudy())}>Stop the study</button>}
        </div>
        {!trainable.value && <p class="quiet">A model of counts has no steps to round.</p>}
        {running && news && (
          <label class="field"><span>Training in every format, and exactly for comparison: {count(news.made)} of {count(news.all)} steps</span>
            <progress value={news.made} max={news.all} />
          </label>
        )}
        {news?.status === "cancelled" && <p class="quiet">The study was stopped.</p>}
        {news?.status === "failed" && <p class="warning" role="alert">{news.message}</p>}
      </Panel>
      {study && (
        <>
          <Panel title="Loss by precision" kept={{ name: `${identity.value}-precision`, table: () => [["format", "step", "loss"], ...study.formats.flatMap((f) => f.losses.map(([s, l]) => [f.name, s, l]))] }}>
            <div class="chart"><Lines lines={lines} label="Loss by step in each precision" /></div>
            <ul class="names">{study.formats.map((f) => <li key={f.name} class="new">{f.name}: {loss(f.losses[f.losses.length - 1]?.[1])}{f.failed && <> · {f.failed}</>}</li>)}</ul>
          </Panel>
          {layers.length > 0 && (
            <Panel title="Divergence by layer" note="‖x − exact‖ / ‖exact‖ of every tensor, after these steps" kept={{ name: `${identity.value}-divergence`, table: () => [["layer", ...study.formats.map((f) => f.name)], ...layers.map((l) => [l, ...study.formats.map((f) => f.divergence.find((d) => d.name === l)?.relative ?? null)])] }}>
              <div class="wide" tabIndex={0} role="region" aria-label="Divergence by layer">
                <table>
                  <thead><tr><th scope="col">layer</th>{study.formats.map((f) => <th scope="col" key={f.name}>{f.name}</th>)}</tr></thead>
                  <tbody>
                    {layers.map((l) => (
                      <tr key={l}><th scope="row">{l}</th>{study.formats.map((f) => {
                        const r = f.divergence.find((d) => d.name === l)?.relative ?? null;
                        return <td key={f.name} style={r ? { boxShadow: `inset 4px 0 0 ${css(Math.log10(Math.max(r, 1e-8)) + 8, 8)}` } : {}}>&nbsp; {brief(r)}</td>;
                      })}</tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </Panel>
          )}
        </>
      )}
    </div>
  );
}
