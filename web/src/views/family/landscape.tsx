import { scaleLinear } from "d3-scale";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Landscape } from "../../api/types";
import { Panel } from "../../components/panel";
import { dark } from "../../draw/colour";
import { brief } from "../../draw/number";
import { identity } from "../../state/lab";
import { usePolled } from "../../state/polled";

const SIZE = 420;
/** One tone and one mark a class: never the colour alone. */
const TONES = ["blue", "orange", "run-1", "run-2", "run-3", "run-4", "muted", "ink", "good", "accent"];
const MARKS = ["M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "M-4-4h8v8h-8z", "M0-5 5 4h-10z", "M-4-4 4 4M4-4-4 4", "M0-5 5 0 0 5-5 0z"];

const rgb = (name: string): [number, number, number] => {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim().slice(1);
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];
};

/** Which class the network says at every place, and where the examples lie. */
export function LandscapeView() {
  const [axes, setAxes] = useState<[number, number] | null>(null);
  const seen = usePolled<Landscape>((c) => c.landscape(axes, 60), JSON.stringify(axes)).value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = seen.answer;
  const theme = dark.value;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !now || !canvas.current) return;
    const n = now.resolution;
    canvas.current.width = n;
    canvas.current.height = n;
    const image = context.createImageData(n, n);
    const tones = now.classes.map((_, i) => rgb(TONES[i % TONES.length] ?? "blue"));
    const paper = rgb("card");
    for (let cell = 0; cell < n * n; cell += 1) {
      const p = now.probabilities[cell] ?? [];
      // Mixed on the paper by how sure the network is: where it wavers, the paper shows.
      const sure = (Math.max(...p) * p.length - 1) / Math.max(p.length - 1, 1);
      const row = n - 1 - Math.floor(cell / n);
      const at = (row * n + (cell % n)) * 4;
      for (let c = 0; c < 3; c += 1) {
        const mixed = p.reduce((sum, x, k) => sum + x * (tones[k]?.[c] ?? 0), 0);
        image.data[at + c] = (paper[c] ?? 0) + (mixed - (paper[c] ?? 0)) * (0.12 + 0.6 * sure);
      }
      image.data[at + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }, [now, theme]);
  if (seen.problem) return <p class="warning">{seen.problem}</p>;
  if (!now) return <p class="quiet">Asking the network about every place…</p>;
  const x = scaleLinear(now.x, [0, SIZE]);
  const y = scaleLinear(now.y, [SIZE, 0]);
  const pick = (which: 0 | 1) => (
    <label class="field"><span>{which === 0 ? "to the right" : "upward"}</span>
      <select value={now.shown[which]} onChange={(e) => { const next: [number, number] = [...now.shown]; next[which] = Number(e.currentTarget.value); setAxes(next); }}>
        {now.axes.map((name, i) => <option key={i} value={i}>{name}</option>)}
      </select>
    </label>
  );
  return (
    <Panel
      title="Decision landscape" note="the class at every place; paler where the network wavers"
      kept={{ name: `${identity.value}-landscape`, table: () => [[now.axes[now.shown[0]] ?? "x", now.axes[now.shown[1]] ?? "y", ...now.classes], ...now.probabilities.map((p, i) => [now.x[0] + ((now.x[1] - now.x[0]) * ((i % now.resolution) + 0.5)) / now.resolution, now.y[0] + ((now.y[1] - now.y[0]) * (Math.floor(i / now.resolution) + 0.5)) / now.resolution, ...p])] }}
    >
      {now.axes.length > 2 && <div class="row">{pick(0)}{pick(1)}</div>}
      <div class="landscape">
        <canvas ref={canvas} role="img" aria-label={`Decision landscape over ${now.axes[now.shown[0]]} and ${now.axes[now.shown[1]]}`} />
        <svg viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true">
          {now.points.map(([px, py, k], i) => <path key={i} d={MARKS[k % MARKS.length]} transform={`translate(${x(px)} ${y(py)})`} style={{ fill: `var(--${TONES[k % TONES.length]})` }} />)}
        </svg>
      </div>
      <div class="row quiet"><span>{now.axes[now.shown[0]]}: {brief(now.x[0])} … {brief(now.x[1])}</span><span>{now.axes[now.shown[1]]}: {brief(now.y[0])} … {brief(now.y[1])}</span></div>
      <ul class="names">{now.classes.map((name, k) => <li key={k} class="known"><svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true"><path d={MARKS[k % MARKS.length]} style={{ fill: `var(--${TONES[k % TONES.length]})` }} /></svg> {name}</li>)}</ul>
    </Panel>
  );
}
