import { useEffect, useMemo, useRef } from "preact/hooks";
import { dark } from "../draw/colour";
import { draw, forget } from "../draw/loop";
import { brief, count, finite } from "../draw/number";
import type { Bins } from "./histogram";

export interface Moment { step: number; bins: Bins }

/** Rows of the picture: values are binned anew onto one axis, whatever range each histogram had. */
const ROWS = 64;

/** How a distribution moves while training: time to the right, values upward, darker where more values are. */
export function HistogramOverTime({ moments: all, label }: { moments: readonly Moment[]; label: string }) {
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const theme = dark.value;
  const moments = useMemo(() => all.filter((m) => finite(m.bins.from, m.bins.to)), [all]);
  const from = Math.min(...moments.map((m) => m.bins.from));
  const to = Math.max(...moments.map((m) => m.bins.to));

  useEffect(() => {
    const job = () => {
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context || moments.length === 0 || !(to > from)) return;
      element.width = moments.length;
      element.height = ROWS;
      const image = context.createImageData(moments.length, ROWS);
      const ink = theme ? [255, 158, 66] : [20, 82, 160];
      moments.forEach((moment, x) => {
        const column = onto(moment.bins, from, to);
        const top = Math.max(...column, 1e-12);
        column.forEach((density, y) => {
          const at = ((ROWS - 1 - y) * moments.length + x) * 4;
          image.data.set([ink[0] ?? 0, ink[1] ?? 0, ink[2] ?? 0, Math.round(255 * Math.sqrt(density / top))], at);
        });
      });
      context.putImageData(image, 0, 0);
    };
    draw(job);
    return () => forget(job);
  }, [moments, from, to, theme]);

  if (moments.length < 2) return <p class="quiet">The distribution over time appears as the network trains.</p>;
  const first = moments[0]?.step ?? 0;
  const last = moments[moments.length - 1]?.step ?? 0;
  return (
    <figure class="over-time">
      <div class="axis"><span>{brief(to)}</span><span>{brief(from)}</span></div>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${label}: distribution from step ${count(first)} to ${count(last)}, values from ${brief(from)} to ${brief(to)}`}
      />
      <figcaption><span>step {count(first)}</span><span>step {count(last)}</span></figcaption>
    </figure>
  );
}

/** The histogram's mass dealt out to rows of one common axis. */
function onto(bins: Bins, from: number, to: number): number[] {
  const rows = new Array<number>(ROWS).fill(0);
  const width = (bins.to - bins.from) / bins.counts.length;
  const height = (to - from) / ROWS;
  bins.counts.forEach((size, i) => {
    if (size === 0) return;
    const low = bins.from + i * width;
    const firstRow = Math.max(0, Math.floor((low - from) / height));
    const lastRow = Math.min(ROWS - 1, Math.max(firstRow, Math.ceil((low + width - from) / height) - 1));
    for (let row = firstRow; row <= lastRow; row += 1) rows[row] = (rows[row] ?? 0) + size / (lastRow - firstRow + 1);
  });
  return rows;
}
