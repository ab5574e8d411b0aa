// The colours and marks of classes: never colour alone.
import { dark, strange } from "./colour";
import { finite } from "./number";

type Rgb = readonly [number, number, number];
const LIGHT: readonly Rgb[] = [[20, 82, 160], [188, 76, 0], [28, 107, 58], [107, 63, 160], [160, 48, 107], [95, 106, 0], [0, 110, 120], [120, 80, 40], [70, 70, 200], [90, 90, 90]];
const DARK: readonly Rgb[] = [[88, 170, 255], [255, 158, 66], [111, 211, 148], [194, 160, 240], [240, 143, 192], [200, 208, 96], [90, 210, 220], [214, 170, 120], [150, 150, 255], [180, 180, 180]];
const PAPER = { light: [250, 250, 248], dark: [27, 30, 36] } as const;

const base = (index: number): Rgb => (dark.value ? DARK : LIGHT)[index % LIGHT.length] ?? [128, 128, 128];

/** The colour of a class: full, or fading into the paper as certainty goes to 0. */
export function ofClass(index: number, certainty = 1): Rgb {
  const paper = dark.value ? PAPER.dark : PAPER.light;
  if (!finite(certainty)) return strange();
  const t = Math.max(0, Math.min(1, certainty));
  return base(index).map((c, i) => Math.round((paper[i] ?? 0) + (c - (paper[i] ?? 0)) * t)) as unknown as Rgb;
}

export const cssClass = (index: number, certainty = 1): string => `rgb(${ofClass(index, certainty).join(" ")})`;

/** A mark for each class around (0, 0), for the first six; then the class's first letter is written. */
const MARKS = ["M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "M-3.6-3.6h7.2v7.2h-7.2z", "M0-4.6L4.4 3.4H-4.4z", "M0-4.8L4.8 0 0 4.8-4.8 0z", "M-1.6-4.4h3.2v2.8h2.8v3.2h-2.8v2.8h-3.2v-2.8h-2.8v-3.2h2.8z", "M0 4.6L4.4-3.4H-4.4z"];
export const mark = (index: number): string => MARKS[index % MARKS.length] ?? "";
