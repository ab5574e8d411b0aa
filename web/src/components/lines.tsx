import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { dark } from "../draw/colour";
import { draw, forget } from "../draw/loop";
import { brief, loss, stepMark } from "../draw/number";
import { aligned } from "../draw/aligned";
import type { Line } from "../draw/aligned";

export type { Line };

interface Props {
  lines: readonly Line[];
  label: string;
  log?: boolean;
  /** A horizontal line with a meaning. */
  level?: { at: number; name: string };
  x?: string;
}

/** Lines over steps, drawn by uPlot; new points are handed over, the chart is made anew only when its lines change. */
export function Lines({ lines, label, log = false, level, x: xName = "step" }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = dark.value;
  const kind = lines.map((line) => line.name + line.tone + String(line.points ?? false)).join("|") + `|${log}|${theme}|${level?.at}`;

  useEffect(() => {
    const element = frame.current;
    if (!element || lines.length === 0) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
    const axis: uPlot.Axis = {
      stroke: colour("muted"), font: "11px system-ui, sans-serif",
      grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1, size: 4 },
    };
    const chart = new uPlot(
      {
        width: Math.max(element.clientWidth, 100),
        height: Math.max(element.clientHeight, 80),
        padding: [8, 12, 0, 0],
        cursor: { points: { size: 6 } },
        legend: { live: true },
        scales: { x: { time: false }, y: log ? { distr: 3 } : level ? { range: (_, low, high) => [Math.min(low, level.at) - 0.15, Math.max(high, level.at) + 0.15] } : {} },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map(stepMark), size: 26, space: 60 },
          { ...axis, values: (_, ticks) => ticks.map((t) => (t === null ? "" : brief(t))), size: 52 },
        ],
        series: [
          { label: xName, value: (_, v) => (v === null ? "–" : String(v)) },
          ...lines.map((line): uPlot.Series => ({
            label: line.name,
            stroke: colour(line.tone),
            width: line.width ?? 1.6,
            spanGaps: false,
            points: { show: line.points ?? false, size: 5 },
            value: (_, v) => (v === null || v === undefined ? "–" : loss(v)),
            ...(line.dash ? { dash: line.dash } : {}),
          })),
        ],
        hooks: {
          draw: [(u) => {
            if (!level) return;
            const y = u.valToPos(level.at, "y", true);
            if (y < u.bbox.top || y > u.bbox.top + u.bbox.height) return;
            u.ctx.save();
            u.ctx.strokeStyle = colour("ink");
            u.ctx.setLineDash([4, 4]);
            u.ctx.beginPath();
            u.ctx.moveTo(u.bbox.left, y);
            u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
            u.ctx.stroke();
            u.ctx.fillStyle = colour("ink");
            u.ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
            u.ctx.textAlign = "left";
            u.ctx.fillText(level.name, u.bbox.left + 4, y - 4);
            u.ctx.restore();
          }],
        },
      },
      aligned(lines),
      element,
    );
    plot.current = chart;
    const resize = () => {
      const legend = element.querySelector<HTMLElement>(".u-legend")?.offsetHeight ?? 0;
      chart.setSize({ width: Math.max(element.clientWidth, 100), height: Math.max(element.clientHeight - legend, 80) });
    };
    resize();
    const observer = new ResizeObserver(() => draw(resize));
    observer.observe(element);
    return () => {
      observer.disconnect();
      forget(resize);
      chart.destroy();
      plot.current = null;
    };
  }, [kind]);

  useEffect(() => {
    const job = () => plot.current?.setData(aligned(lines));
    draw(job);
    return () => forget(job);
  }, [lines]);

  return <div class="lines" ref={frame} role="img" aria-label={told(label, lines)} />;
}

function told(label: string, lines: readonly Line[]): string {
  const ends = lines.filter((line) => line.y.length > 0).map((line) => {
    const last = line.y.length - 1;
    return `${line.name} ${brief(line.y[0] ?? null)} at first, ${brief(line.y[last] ?? null)} at ${line.x[last]}`;
  });
  return `${label}. ${ends.join("; ")}`;
}
