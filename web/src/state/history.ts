// The losses of a session as its events tell them.
import type { LossNews } from "../api/types";

export interface Points { x: number[]; y: number[] }
export interface Losses { train: Points; dev: Points; rate: Points; accuracy: Points }

export const noLosses = (): Losses => ({ train: { x: [], y: [] }, dev: { x: [], y: [] }, rate: { x: [], y: [] }, accuracy: { x: [], y: [] } });

/** More points than this are thinned for drawing: a screen has no more columns. */
const MOST = 4000;

/** `losses` with the news; a new object, so that whoever shows it notices. */
export function append(losses: Losses, news: LossNews): Losses {
  const add = (points: Points, more: readonly (readonly [number, number, ...unknown[]])[]): Points => {
    const kept: Points = news.reset ? { x: [], y: [] } : { x: points.x, y: points.y };
    let last = kept.x[kept.x.length - 1] ?? -1;
    for (const [step, value] of more) {
      if (step <= last) continue;
      last = step;
      kept.x.push(step);
      kept.y.push(value);
    }
    return thinned(kept);
  };
  return { train: add(losses.train, news.train), dev: add(losses.dev, news.dev), rate: add(losses.rate, news.learning_rate), accuracy: add(losses.accuracy, news.accuracy) };
}

/** Every second point of the older half when there are too many. */
function thinned(points: Points): Points {
  if (points.x.length <= MOST) return { x: points.x, y: points.y };
  const half = points.x.length >> 1;
  const kept = (_: number, i: number) => i >= half || i % 2 === 0;
  return { x: points.x.filter(kept), y: points.y.filter(kept) };
}

/** Exponential moving average without a bias towards its first value (Kingma and Ba, 2015, section 3). */
export function smooth(y: readonly number[], weight: number): number[] {
  if (weight <= 0) return [...y];
  let mean = 0;
  let scale = 1;
  return y.map((value) => {
    // What is no number is a gap and leaves the mean as it was.
    if (!Number.isFinite(value)) return NaN;
    mean = weight * mean + (1 - weight) * value;
    scale *= weight;
    return mean / (1 - scale);
  });
}
