import { expect, id, open, test, trainTo, view } from "./lab";
import type { Generated, Prediction } from "../../src/api/types";

test("probabilities answer to the context, the temperature and the target", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await trainTo(page, 500);
  await view(page, "Next letter");
  await expect(page.locator(".bars-list li")).toHaveCount(27);
  const titles = () => page.locator(".bars-list li").evaluateAll((all) => all.map((li) => li.getAttribute("title")));
  const before = await titles();
  await page.getByLabel(/Context/).fill("emm");
  await expect.poll(titles).not.toEqual(before);

  // The bars are the softmax of the logits that stand beside them.
  const name = await id(page);
  const told = (await (await fetch(`${lab.url}/api/sessions/${name}/predict`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ context: "emm", target: "a" }) })).json()) as { probabilities: number[]; loss: number };
  const shown = await page.locator(".bars-list .p").allTextContents();
  told.probabilities.forEach((p, i) => { if (p >= 0.0005) expect(shown[i]).toBe(p.toFixed(3)); });
  expect(told.probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);

  await page.locator(".bars-list li").nth(1).getByRole("button").click();
  await expect(page.getByTestId("target-loss")).toContainText(told.loss.toFixed(4));
  await expect(page.locator(".importance li")).toHaveCount(3);

  await page.getByLabel("Top-k").focus();
  for (let i = 0; i < 3; i += 1) await page.keyboard.press("ArrowRight");
  await expect.poll(async () => (await page.locator(".bars-list .p").allTextContents()).filter((p) => p !== "0").length).toBe(3);
});

test("letters are drawn one by one and in a run", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&view=next");
  await trainTo(page, 500);
  for (let i = 0; i < 40 && (await page.getByLabel(/Context/).inputValue()).length < 3; i += 1) {
    const before = await page.getByLabel(/Context/).inputValue();
    await page.getByRole("button", { name: "Draw a letter" }).click();
    await expect(async () => {
      const now = await page.getByLabel(/Context/).inputValue();
      expect(now.length > before.length || (await page.locator(".next-letter .row [aria-live]").textContent()) !== "").toBe(true);
    }).toPass();
  }
});

for (const recipe of ["mlp", "gru", "transformer"]) {
  test(`${recipe}: a run writes on letter by letter to the end that the model tells, and the bars follow`, async ({ page, lab }) => {
    // At temperature 0 what is written is known beforehand.
    await open(page, lab, `?recipe=${recipe}&view=next&context=jo&temperature=0`);
    await trainTo(page, recipe === "mlp" ? 500 : 120);
    const ask = async <R>(what: string, body: object): Promise<R> => (await (await fetch(`${lab.url}/api/sessions/${await id(page)}/${what}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json()) as R;
    const [whole] = (await ask<Generated>("generate", { count: 1, prompt: "jo", temperature: 0, length: 198 })).samples;
    if (!whole) throw new Error("nothing is written");
    expect(whole.text.length).toBeGreaterThan(4);
    const field = page.getByLabel(/Context/);
    const seen: string[] = [];
    await page.exposeFunction("written", (text: string) => { if (seen[seen.length - 1] !== text) seen.push(text); });
    await field.evaluate((input: HTMLInputElement) => {
      const told = (window as unknown as { written: (text: string) => void }).written;
      const watch = () => { told(input.value); requestAnimationFrame(watch); };
      watch();
    });
    await page.getByRole("button", { name: "Run on" }).click();
    const said = page.locator(".next-letter .row [aria-live]");
    if (whole.ended) await expect(said).toContainText("ended here");
    else await expect.poll(() => field.inputValue().then((text) => text.length)).toBeGreaterThan(12);
    if (!whole.ended) await page.getByRole("button", { name: "Stop" }).click();
    const text = await field.inputValue();
    expect(whole.text.startsWith(text)).toBe(true);
    if (whole.ended) expect(text).toBe(whole.text);
    // Each step on the way was one letter.
    expect(seen.slice(1).every((now, i) => now.length === (seen[i] ?? "").length + 1)).toBe(true);
    expect(seen.length).toBeGreaterThan(3);
    // What else is shown is of the text that stands there.
    const told = await ask<Prediction>("predict", { context: text, temperature: 0 });
    await expect.poll(() => page.locator(".bars-list .logit").allTextContents()).toEqual(told.logits.map((x) => x.toFixed(2).replace("-", "−")));
    await expect(page.getByRole("list", { name: `Probabilities of the letter after “${text}”` })).toBeVisible();
  });
}
