import { expect, test } from "vitest";
import { certainty, likeliest } from "../../src/draw/shares";
import { brief, exact, fixed, largest, loss, percent } from "../../src/draw/number";
import { smooth } from "../../src/state/history";

test("every way to write a number has words for what is none", () => {
  for (const write of [brief, loss, percent, exact, (x: number) => fixed(x, 3)]) {
    expect(write(NaN)).toBe("NaN");
    expect(write(Infinity)).toBe("∞");
    expect(write(-Infinity)).toBe("−∞");
  }
  expect(fixed(null, 2)).toBe("–");
});

test("what is no number does not spoil the mean of a line", () => {
  expect(smooth([1, NaN, 1], 0.5)).toEqual([1, NaN, 1]);
});

test("the largest and the likeliest are among the numbers", () => {
  expect(largest([NaN, 2, Infinity, 1], 0)).toBe(2);
  expect(likeliest([NaN, 0.2, 0.7])).toBe(2);
  expect(likeliest([NaN, NaN])).toBe(-1);
  expect(certainty([NaN, NaN])).toBeNaN();
});
