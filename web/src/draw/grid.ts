/** How a tensor lies on the screen as rows and columns. */
export interface Grid {
  rows: number;
  columns: number;
  /** Cells beyond the numbers in the last row of a wrapped vector are empty. */
  numbers: number;
  /** Sizes of the axes in front of the last two: one of their positions is shown at a time. */
  leading: number[];
}

/** A vector longer than this is broken into rows. */
const LONGEST = 64;

export function grid(shape: readonly number[]): Grid {
  const leading = shape.slice(0, -2);
  const rows = shape[shape.length - 2] ?? 1;
  const n = shape[shape.length - 1] ?? 1;
  if (rows > 1 || n <= LONGEST) return { rows, columns: n, numbers: rows * n, leading };
  // A rectangle about three times as wide as high; with full rows if the length has a divisor near that.
  const wish = Math.round(Math.sqrt(n * 3));
  let columns = wish;
  for (let off = 0; off < wish / 2; off += 1) {
    const found = [wish + off, wish - off].find((c) => n % c === 0);
    if (found !== undefined) {
      columns = found;
      break;
    }
  }
  return { rows: Math.ceil(n / columns), columns, numbers: n, leading };
}

/** The numbers of a grid with empty cells at its end filled up, so that the picture is a full rectangle. */
export function filled(values: Float32Array, cells: number): Float32Array {
  if (values.length >= cells) return values;
  const full = new Float32Array(cells);
  full.set(values);
  return full;
}
