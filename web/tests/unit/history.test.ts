import { describe, expect, it } from "vitest";
import { append, noLosses, smooth } from "../../src/state/history";
import { aligned } from "../../src/draw/aligned";
import { csv } from "../../src/draw/save";
import { grid } from "../../src/draw/grid";

const news = (train: [number, number, number][], reset = false) => ({ reset, train, dev: [] as [number, number][], accuracy: [] as [number, number][], learning_rate: [] as [number, number][] });

describe("losses", () => {
  it("grow by what is new and forget what a rewind takes back", () => {
    let losses = append(noLosses(), news([[1, 3, 0], [2, 2.5, 0]]));
    losses = append(losses, news([[2, 2.5, 0], [3, 2.2, 0]]));
    expect(losses.train).toEqual({ x: [1, 2, 3], y: [3, 2.5, 2.2] });
    losses = append(losses, news([[1, 3, 0], [2, 2.6, 0]], true));
    expect(losses.train).toEqual({ x: [1, 2], y: [3, 2.6] });
  });

  it("stay few enough to draw, and keep first and last", () => {
    let losses = noLosses();
    for (let i = 0; i < 20; i += 1) losses = append(losses, news(Array.from({ length: 1000 }, (_, j) => [i * 1000 + j, 1, 0])));
    expect(losses.train.x.length).toBeLessThanOrEqual(4000);
    expect(losses.train.x[0]).toBe(0);
    expect(losses.train.x.at(-1)).toBe(19_999);
  });
});

describe("smooth", () => {
  it("leaves a constant alone and starts at the first value", () => {
    for (const y of smooth([2, 2, 2, 2], 0.9)) expect(y).toBeCloseTo(2, 12);
    expect(smooth([5, 1], 0.5)).toEqual([5, (0.5 * 0.5 * 5 + 0.5 * 1) / 0.75]);
    expect(smooth([5, 1], 0)).toEqual([5, 1]);
  });
});

describe("aligned", () => {
  it("brings lines of different steps onto one axis", () => {
    const lines = [{ name: "a", tone: "", x: [1, 3], y: [10, 30] }, { name: "b", tone: "", x: [2, 3], y: [5, 6] }];
    expect(aligned(lines)).toEqual([[1, 2, 3], [10, undefined, 30], [undefined, 5, 6]]);
  });
});

describe("csv", () => {
  it("quotes what needs it and keeps formulas texts", () => {
    expect(csv([["a,b", 'say "x"', -1.5, null], ["=1+1", "\n", "ok", 2]])).toBe('"a,b","say ""x""",-1.5,\r\n\'=1+1,"\n",ok,2\r\n');
  });
});

describe("grid", () => {
  it("keeps matrices and wraps long vectors", () => {
    expect(grid([27, 10])).toMatchObject({ rows: 27, columns: 10, numbers: 270 });
    expect(grid([4, 8, 16])).toMatchObject({ rows: 8, columns: 16, leading: [4] });
    expect(grid([27])).toMatchObject({ rows: 1, columns: 27 });
    expect(grid([])).toMatchObject({ rows: 1, columns: 1, numbers: 1 });
    for (let n = 65; n < 3000; n += 1) {
      const g = grid([n]);
      expect(g.rows * g.columns).toBeGreaterThanOrEqual(n);
      expect((g.rows - 1) * g.columns).toBeLessThan(n);
    }
    expect(grid([200])).toMatchObject({ rows: 8, columns: 25 });
    expect(grid([1, 200])).toMatchObject({ rows: 8, columns: 25, numbers: 200 });
  });
});
