import { expect, id, open, pause, play, step, test, trainTo, view } from "./lab";

test("one step, slowly: forward, loss, backward, update, with numbers", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&view=slow");
  await page.getByRole("button", { name: "Make a step and watch it" }).click();
  await expect(page.locator(".phases li")).toHaveCount(4);
  await expect.poll(() => step(page)).toBe(1);
  for (const phase of ["forward", "loss", "backward", "update"]) {
    await page.locator(".phases button", { hasText: phase }).click();
    await expect(page.locator(".operation .formula code")).toHaveText(/\S/);
    await expect(page.locator(".operand .heatmap, .operand .mono").first()).toBeVisible();
  }
  const before = await page.locator(".operation").getAttribute("aria-label");
  await page.locator(".slow .walk button").first().focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator(".operation")).not.toHaveAttribute("aria-label", before ?? "");
});

test("letter graph: connections change the softmax; drawn and learned stand side by side", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&view=letters&context=e");
  await expect(page.locator(".letter")).toHaveCount(27);
  const p = async () => Number(((await page.locator(".letter[aria-label^='m,']").getAttribute("aria-label")) ?? "").split(" ").pop());
  await expect.poll(p).toBeGreaterThan(0);
  const before = await p();
  await page.locator(".letter[aria-label^='e,']").click({ modifiers: ["Control"] });
  await page.locator(".letter[aria-label^='m,']").click({ modifiers: ["Control"] });
  await expect(page.locator(".wire")).toHaveCount(1);
  await expect.poll(p).toBeGreaterThan(before);
  // The same by keyboard takes the connection away again.
  await page.locator(".letter[aria-label^='e,']").focus();
  await page.keyboard.press("Enter");
  await page.locator(".letter[aria-label^='m,']").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".wire")).toHaveCount(0);
  await expect.poll(p).toBe(before);
  // And by the table.
  await page.getByLabel("after").fill("e");
  await page.getByLabel("comes").selectOption("m");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page.locator(".wire")).toHaveCount(1);

  await page.getByLabel("Names, one a line").fill("emma\nemily\nella\nella");
  await page.getByRole("button", { name: "Count them" }).click();
  await expect.poll(() => page.locator(".wire").count()).toBeGreaterThan(5);
  await expect(page.getByLabel("Count of e to l")).toHaveValue("2");
  await page.getByRole("button", { name: "Learn the examples" }).click();
  await expect(page.locator(".three .panel").nth(2).locator(".bars-list li").first()).toBeVisible();
  await expect(page.locator(".three .panel").nth(1).locator(".bars-list li").first()).toBeVisible();
});

test("inside a Transformer: every head, and the logit lens", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&set=model.kind%3D%22transformer%22&view=inside&context=emma");
  await expect.poll(() => page.locator(".one-head").count()).toBeGreaterThan(3);
  await page.getByRole("button", { name: /^masked/ }).click();
  const cells = page.locator(".one-head .cells").first();
  await cells.focus();
  await page.keyboard.press("End");
  await expect(page.locator(".readline").first()).toContainText("−∞ (masked)");
  await page.getByRole("button", { name: /^softmax/ }).click();
  await expect.poll(() => page.locator(".lens tbody tr").count()).toBeGreaterThan(1);
});

for (const kind of ["rnn", "gru", "lstm"]) {
  test(`inside a ${kind}: the state over time`, async ({ page, lab }) => {
    await open(page, lab, `?recipe=mlp&set=model.kind%3D%22${kind}%22&view=inside&context=emma`);
    await expect(page.locator(".state .cells").first()).toBeVisible();
  });
}

test("inside a WaveNet: the tree", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&set=model.kind%3D%22wavenet%22&set=data.block_size%3D8&view=inside&context=emma");
  await expect.poll(() => page.locator(".tree .level").count()).toBeGreaterThan(1);
});

test("letters in two dimensions", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&view=inside");
  await expect(page.locator(".scatter .dot")).toHaveCount(27);
});

test("diagnostics: distributions by layer and update to data", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&view=diagnostics");
  await play(page);
  await expect.poll(() => page.locator(".layers").count()).toBeGreaterThanOrEqual(4);
  await expect(page.locator(".diagnostics .lines canvas")).toBeVisible();
  await pause(page);
  expect(await id(page)).not.toBe("");
});

test("precision: the same run, rounded", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&view=precision");
  await trainTo(page, 50);
  await view(page, "Precision");
  await page.locator(".precision input[type=number]").fill("60");
  await page.locator(".precision").getByRole("button", { name: "Compare" }).click();
  await expect(page.locator(".precision .lines canvas")).toBeVisible();
});

test("one neuron: the gradients of the lecture, step by step", async ({ page, lab }) => {
  await open(page, lab, "?view=scalar");
  await expect(page.locator(".scalar-graph .value")).not.toHaveCount(0);
  const told = () => page.locator(".scalar-graph").getAttribute("aria-label");
  await expect.poll(told).toContain("0.7071");
  await expect.poll(told).toContain("x1 value 2 gradient −1.5");
  await page.getByRole("button", { name: "Gradients to zero" }).click();
  await expect.poll(told).toContain("x1 value 2 gradient 0");
  await page.getByRole("button", { name: "One step backward" }).click();
  await expect(page.locator(".told li").first()).toContainText("gradient");
  await page.getByRole("button", { name: "a product" }).click();
  await expect.poll(told).toContain("value −8");
});
