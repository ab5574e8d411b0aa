import { useRef } from "preact/hooks";
import { brief, count } from "../draw/number";

export interface Bins { from: number; to: number; counts: readonly number[] }

/** How often which value occurs. */
export function Histogram({ bins, label, height = 72, tone }: { bins: Bins; label: string; height?: number; tone?: "value" | "gradient" }) {
  const svg = useRef<SVGSVGElement>(null);
  const top = Math.max(1, ...bins.counts);
  const n = bins.counts.length;
  // One path of all bars: a drawing at 10 Hz touches a single attribute.
  let path = "";
  bins.counts.forEach((size, i) => {
    if (size === 0) return;
    const h = Math.max(0.8, (size / top) * 98);
    path += `M${i} 100v${-h}h1v${h}z`;
  });
  const zero = bins.from < 0 && bins.to > 0 ? ((0 - bins.from) / (bins.to - bins.from)) * n : null;
  const most = bins.counts.indexOf(top);
  const width = (bins.to - bins.from) / n;
  const told = `${label}: ${n} bins from ${brief(bins.from)} to ${brief(bins.to)}; the fullest holds ${count(top)} around ${brief(bins.from + (most + 0.5) * width)}`;
  return (
    <figure class="histogram">
      <svg ref={svg} viewBox={`0 0 ${n} 100`} preserveAspectRatio="none" style={{ height: `${height}px` }} role="img" aria-label={told}>
        <path d={path} class={tone === "gradient" ? "bars gradient" : "bars"} />
        {zero !== null && <line x1={zero} x2={zero} y1="0" y2="100" class="zero" vector-effect="non-scaling-stroke" />}
      </svg>
      <figcaption><span>{brief(bins.from)}</span><span>{count(top)} at most in a bin</span><span>{brief(bins.to)}</span></figcaption>
    </figure>
  );
}
