// Numbers as people and machines write them. What the server sends is f32; nothing is rounded unless a text says so.
import { format } from "d3-format";

const short = format(".4~g");
const grouped = format(",d");
const share = format(".1%");

/** Four significant digits, for places without room for more. */
export function brief(x: number | null | undefined): string {
  if (x === null || x === undefined) return "–";
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  const text = x !== 0 && (size < 1e-3 || size >= 1e6) ? x.toExponential(2).replace("e+", "e") : short(x);
  return text.replaceAll("-", "−");
}

/** 12,345. */
export const count = (n: number): string => grouped(n);

const metric = format("~s");

/** A step on an axis: 25k. */
export const stepMark = (n: number): string => (n >= 1000 ? metric(n) : String(n));

/** 12.3%. */
export const percent = (x: number | null | undefined): string => (x === null || x === undefined || !Number.isFinite(x) ? brief(x) : share(x));

/** So many digits behind the point. */
export const fixed = (x: number | null | undefined, digits: number): string => (x === null || x === undefined || !Number.isFinite(x) ? brief(x) : x.toFixed(digits).replace("-", "−"));

/** Four significant digits as a machine reads them. */
export const digits = (x: number | null | undefined): string => (x === null || x === undefined || !Number.isFinite(x) ? brief(x) : x.toPrecision(4));

/** The largest of the finite numbers, and `least` at least. */
export function largest(values: Iterable<number>, least: number): number {
  let top = least;
  for (const x of values) if (x > top && x < Infinity) top = x;
  return top;
}

/** Whether a drawing has a place for them all. */
export const finite = (...numbers: (number | null | undefined)[]): boolean => numbers.every((x) => Number.isFinite(x));

/** The loss with four decimals: the form in which courses print it. */
export function loss(x: number | null | undefined): string {
  return x === null || x === undefined || !Number.isFinite(x) ? brief(x) : x.toFixed(4);
}

/** The shortest decimal that stands for this f32 and no other. */
export function exact(x: number): string {
  if (!Number.isFinite(x)) return brief(x);
  if (Object.is(x, -0)) return "-0";
  for (let digits = 1; digits < 9; digits += 1) {
    const text = x.toPrecision(digits);
    if (Math.fround(Number(text)) === x) return tidy(text);
  }
  return tidy(x.toPrecision(9));
}

function tidy(text: string): string {
  const value = Number(text);
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-6 || size >= 1e9)) return value.toExponential();
  return String(value);
}

const view = new DataView(new ArrayBuffer(4));

/** Sign, exponent and fraction of an f32, as bits. */
export function bits(x: number): { sign: string; exponent: string; fraction: string; hex: string } {
  view.setFloat32(0, x);
  const word = view.getUint32(0);
  const text = word.toString(2).padStart(32, "0");
  return {
    sign: text.slice(0, 1),
    exponent: text.slice(1, 9),
    fraction: text.slice(9),
    hex: `0x${word.toString(16).padStart(8, "0")}`,
  };
}

/** [27, 10] as 27 × 10. */
export const shape = (sizes: readonly number[]): string => (sizes.length === 0 ? "scalar" : sizes.join(" × "));

/** The position along each axis of the number at `flat`. */
export function position(flat: number, sizes: readonly number[]): number[] {
  const at: number[] = [];
  let rest = flat;
  for (let axis = sizes.length - 1; axis >= 0; axis -= 1) {
    const size = sizes[axis] ?? 1;
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
}
