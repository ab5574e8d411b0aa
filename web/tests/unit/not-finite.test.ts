import { describe, expect, it } from "vitest";
import { parse } from "../../src/api/client";
import { aligned } from "../../src/draw/aligned";

describe("numbers that JSON has no word for", () => {
  it("come back as themselves, and what is missing stays missing", () => {
    const told = parse<{ loss: number; dev: number | null; p: number[]; text: string }>(
      '{"loss":{"not_finite":"NaN"},"dev":null,"p":[0.5,{"not_finite":"Infinity"},{"not_finite":"-Infinity"}],"text":"NaN"}',
    );
    expect(told).toEqual({ loss: NaN, dev: null, p: [0.5, Infinity, -Infinity], text: "NaN" });
  });

  it("are not mistaken for a row that counts them", () => {
    const row = { name: "tanh", not_finite: 0, mean: 0.5 };
    expect(parse(JSON.stringify({ rows: [row] }))).toEqual({ rows: [row] });
  });

  it("are gaps in a chart, and where a line has no point of its own there is none", () => {
    const line = (x: number[], y: (number | null)[]) => ({ name: "", tone: "ink", x, y });
    expect(aligned([line([1, 2, 3], [1, NaN, 3])])).toEqual([[1, 2, 3], [1, null, 3]]);
    expect(aligned([line([1, 3], [1, 2]), line([2], [Infinity])])).toEqual([[1, 2, 3], [1, undefined, 2], [undefined, null, undefined]]);
  });
});
