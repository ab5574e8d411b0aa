import { describe, expect, it } from "vitest";
import { bits, brief, exact, position } from "../../src/draw/number";

describe("exact", () => {
  it("is the shortest decimal that comes back as the same f32", () => {
    expect(exact(Math.fround(0.1))).toBe("0.1");
    expect(exact(Math.fround(1 / 3))).toBe("0.33333334");
    expect(exact(16777216)).toBe("16777216");
    expect(exact(-0)).toBe("-0");
    expect(exact(Math.fround(1e-45))).toBe("1e-45");
    expect(exact(Math.fround(3.4028235e38))).toBe("3.4028235e+38");
  });

  it("comes back from every kind of bits", () => {
    const view = new DataView(new ArrayBuffer(4));
    let state = 12345;
    for (let i = 0; i < 20_000; i += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      view.setUint32(0, state);
      const x = view.getFloat32(0);
      if (!Number.isFinite(x)) continue;
      expect(Math.fround(Number(exact(x)))).toBe(x);
    }
  });
});

describe("bits", () => {
  it("takes an f32 apart", () => {
    expect(bits(1)).toEqual({ sign: "0", exponent: "01111111", fraction: "0".repeat(23), hex: "0x3f800000" });
    expect(bits(-2.5).hex).toBe("0xc0200000");
  });
});

describe("brief", () => {
  it("names what is no number", () => {
    expect(brief(NaN)).toBe("NaN");
    expect(brief(-Infinity)).toBe("−∞");
    expect(brief(null)).toBe("–");
  });
  it("keeps four digits", () => {
    expect(brief(2.301234)).toBe("2.301");
    expect(brief(-0.00001234)).toBe("−1.23e−5");
    expect(brief(0)).toBe("0");
  });
});

describe("position", () => {
  it("is row-major", () => {
    expect(position(23, [2, 3, 4])).toEqual([1, 2, 3]);
    expect(position(0, [])).toEqual([]);
  });
});
