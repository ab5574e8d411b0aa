// One colour scale for all signed numbers: blue below zero, orange above, the paper's colour at zero.
import { signal } from "@preact/signals";

type Rgb = readonly [number, number, number];
interface Theme { negative: Rgb; zero: Rgb; positive: Rgb; strange: Rgb }

const LIGHT: Theme = { negative: [20, 82, 160], zero: [250, 250, 248], positive: [188, 76, 0], strange: [200, 0, 160] };
const DARK: Theme = { negative: [88, 170, 255], zero: [27, 30, 36], positive: [255, 158, 66], strange: [255, 90, 220] };

/** Half of the steps in the table: enough that no eye sees them. */
const HALF = 255;

const query = window.matchMedia("(prefers-color-scheme: dark)");
const chosen = localStorage.getItem("theme");

/** What the person asked for: the system's theme or one of the two. */
export const theme = signal<"system" | "light" | "dark">(chosen === "light" || chosen === "dark" ? chosen : "system");
export const dark = signal(isDark());

function isDark(): boolean {
  return theme.value === "system" ? query.matches : theme.value === "dark";
}

function apply(): void {
  dark.value = isDark();
  document.documentElement.dataset.theme = dark.value ? "dark" : "light";
}

export function setTheme(next: "system" | "light" | "dark"): void {
  theme.value = next;
  localStorage.setItem("theme", next);
  apply();
}
query.addEventListener("change", apply);
apply();

function table(theme: Theme): Uint32Array {
  const words = new Uint32Array(2 * HALF + 1);
  for (let i = -HALF; i <= HALF; i += 1) {
    const end = i < 0 ? theme.negative : theme.positive;
    // A little more colour near zero than a straight line gives: small numbers stay visible.
    const t = Math.pow(Math.abs(i) / HALF, 0.8);
    words[i + HALF] = word(mix(theme.zero, end, t));
  }
  return words;
}

const mix = (a: Rgb, b: Rgb, t: number): Rgb => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
/** Red, green, blue as the little-endian word that image data holds. */
const word = ([r, g, b]: Rgb): number => ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;

const tables = { light: table(LIGHT), dark: table(DARK) };

/** Writes the colours of `values` into `pixels`; `range` is the size that gets the full colour. */
export function paint(values: ArrayLike<number>, range: number, pixels: Uint32Array): void {
  const words = dark.value ? tables.dark : tables.light;
  const strange = word(dark.value ? DARK.strange : LIGHT.strange);
  const scale = range > 0 ? HALF / range : 0;
  for (let i = 0; i < pixels.length; i += 1) {
    const x = values[i] as number;
    const step = Math.max(-HALF, Math.min(HALF, Math.round(x * scale)));
    pixels[i] = Number.isFinite(x) ? (words[step + HALF] as number) : strange;
  }
}

/** The colour of what is no number. */
export const strange = (): Rgb => (dark.value ? DARK : LIGHT).strange;

/** The colour of one number as CSS. */
export function css(x: number, range: number): string {
  const theme = dark.value ? DARK : LIGHT;
  if (!Number.isFinite(x)) return `rgb(${theme.strange.join(" ")})`;
  const t = range > 0 ? Math.pow(Math.min(1, Math.abs(x) / range), 0.8) : 0;
  return `rgb(${mix(theme.zero, x < 0 ? theme.negative : theme.positive, t).map(Math.round).join(" ")})`;
}

/** Largest size among the numbers, left out what is not finite. */
export function extent(values: ArrayLike<number>): number {
  let top = 0;
  for (let i = 0; i < values.length; i += 1) {
    const size = Math.abs(values[i] as number);
    if (size > top && size < Infinity) top = size;
  }
  return top;
}
