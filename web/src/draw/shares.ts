import { largest } from "./number";

/** How far the likeliest class stands above chance, from 0 to 1; NaN where a number is none. */
export const certainty = (probabilities: readonly number[]): number => {
  const n = probabilities.length;
  return n < 2 ? 1 : (Math.max(...probabilities) - 1 / n) / (1 - 1 / n);
};

/** The first of the largest; −1 where no number is one. */
export const likeliest = (probabilities: readonly number[]): number => probabilities.indexOf(largest(probabilities, -Infinity));
