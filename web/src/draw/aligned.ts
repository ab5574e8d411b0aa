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

/** A number that is none is a gap in the line; where a line has no point of its own, nothing is missing. */
const shown = (y: number | null | undefined): number | null => (y !== null && y !== undefined && Number.isFinite(y) ? y : null);

/** Lines with steps of their own brought onto one axis, as uPlot wants them: `null` breaks a line, `undefined` does not. */
export function aligned(lines: readonly Line[]): [number[], ...(number | null | undefined)[][]] {
  if (lines.length === 1 && lines[0]) return [Array.from(lines[0].x), Array.from(lines[0].y, shown)];
  const steps = [...new Set(lines.flatMap((line) => Array.from(line.x)))].sort((a, b) => a - b);
  const place = new Map(steps.map((step, i) => [step, i]));
  const ys = lines.map((line) => {
    const y = new Array<number | null | undefined>(steps.length).fill(undefined);
    for (let i = 0; i < line.x.length; i += 1) y[place.get(line.x[i] as number) as number] = shown(line.y[i]);
    return y;
  });
  return [steps, ...ys];
}
