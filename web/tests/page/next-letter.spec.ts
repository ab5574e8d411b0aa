import { expect, id, open, test, trainTo, view } from "./lab";

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
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("button", { name: "Run on" }).click();
  await expect(page.getByText(/ended here/)).toBeVisible();
});
