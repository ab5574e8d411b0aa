export interface Line {
  name: string;
  /** Steps, growing. */
  x: ArrayLike<number>;
  y: ArrayLike<number | null>;
  /** CSS variable of its colour, without the dashes. */
  tone: string;
  width?: number;
  dash?: number[];
  points?: boolean;
}

/** Lines with steps of their own brought onto one axis, as uPlot wants them. */
export function aligned(lines: readonly Line[]): [number[], ...(number | null)[][]] {
  if (lines.length === 1 && lines[0]) return [Array.from(lines[0].x), Array.from(lines[0].y)];
  const steps = [...new Set(lines.flatMap((line) => Array.from(line.x)))].sort((a, b) => a - b);
  const place = new Map(steps.map((step, i) => [step, i]));
  const ys = lines.map((line) => {
    const y = new Array<number | null>(steps.length).fill(null);
    for (let i = 0; i < line.x.length; i += 1) y[place.get(line.x[i] as number) as number] = line.y[i] ?? null;
    return y;
  });
  return [steps, ...ys];
}
