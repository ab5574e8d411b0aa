import { api, expect, id, open, pause, play, step, test, trainTo, view } from "./lab";
import type { Prediction, State } from "../../src/api/types";

test("a first visitor sees a network learn names after one click", async ({ page, lab }) => {
  await page.goto(lab.url);
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeEnabled();
  await play(page);
  await expect.poll(() => page.locator(".samples li").count()).toBeGreaterThan(5);
  await expect(page.locator(".loss canvas")).toBeVisible();
  await pause(page);
  await expect(page.getByTestId("status")).toHaveText("paused");
});

test("after 2,000 steps the loss has fallen and the samples are others", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await page.getByRole("button", { name: "Ten more" }).click();
  await expect.poll(() => page.locator(".samples li").count()).toBeGreaterThanOrEqual(10);
  const first = await page.locator(".samples .made").first().locator("li").allTextContents();
  await trainTo(page, 2000);
  await page.getByRole("button", { name: "Ten more" }).click();
  await expect(page.locator(".samples .made").first().locator("h3")).toHaveText("step 2,000");
  const last = await page.locator(".samples .made").first().locator("li").allTextContents();
  expect(last).not.toEqual(first);
  // What the chart tells a person who cannot see it: first and last loss.
  const told = (await page.locator(".loss .lines").getAttribute("aria-label")) ?? "";
  const [, from, to] = /train ([\d.]+) at first, ([\d.]+) at/.exec(told) ?? [];
  expect(Number(to)).toBeLessThan(Number(from) * 0.7);
  // Better than knowing nothing about 27 letters.
  expect(Number(to)).toBeLessThan(Math.log(27));
});

test("rewind and replay give the same losses", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&set=seed%3D7");
  const name = await id(page);
  const dev = async () => ((await (await fetch(`${lab.url}/api/sessions/${name}/evaluate`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ split: "dev" }) })).json()) as { loss: number }).loss;
  await trainTo(page, 300);
  const loss = await dev();
  await page.getByRole("button", { name: "Rewind" }).click();
  await expect.poll(() => step(page)).toBe(0);
  await trainTo(page, 300);
  expect(await dev()).toBe(loss);
});

test("architecture changes while the data stays, and the data while the architecture stays", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  const data = await page.getByRole("combobox", { name: "Data", exact: true }).inputValue();
  await page.getByRole("combobox", { name: "Architecture" }).selectOption("transformer");
  await expect(page.locator(".head .what")).toContainText("transformer");
  await expect(page.getByRole("combobox", { name: "Data", exact: true })).toHaveValue(data);
  await page.getByRole("button", { name: "Add your own data…" }).click();
  await page.getByLabel("Paste it here").fill(["anna", "otto", "hannah", "eve", "bob", "ada"].flatMap((n) => [n, n + "a", n + "o"]).join("\n"));
  await page.getByRole("button", { name: "Train on it" }).click();
  await expect(page.locator(".head .what")).toContainText("upload");
  await expect(page.locator(".head .what")).toContainText("transformer");
});

test("a refused value says why, a good one begins anew", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await page.getByText("All values").click();
  await page.getByLabel("hidden", { exact: true }).fill("0");
  await page.getByLabel("hidden", { exact: true }).blur();
  await expect(page.locator(".rail [role=alert]")).toContainText("hidden");
  await page.getByLabel("hidden", { exact: true }).fill("64");
  await page.getByLabel("hidden", { exact: true }).blur();
  const before = await id(page);
  await page.getByRole("button", { name: "Begin anew with this" }).click();
  await expect.poll(() => id(page)).not.toBe(before);
  const state = await api<State>(lab, `/api/sessions/${await id(page)}`);
  expect(state.toml).toMatch(/hidden = 64/);
});

test("learning rate and speed change while it trains", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await play(page);
  await page.getByLabel("Speed").selectOption("30");
  await expect.poll(async () => (await api<State>(lab, `/api/sessions/${await id(page)}`)).speed).toBe(30);
  await page.getByLabel(/Learning rate/).focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(async () => (await api<State>(lab, `/api/sessions/${await id(page)}`)).learning_rate).toBeLessThan(0.1);
  await pause(page);
});

test("a copied link shows the same numbers", async ({ page, lab, context }) => {
  await open(page, lab, "?recipe=mlp&set=seed%3D11&set=model.hidden%3D40&context=em&view=next");
  await trainTo(page, 120);
  await view(page, "Next letter");
  await expect(page.locator(".bars-list li").first()).toBeVisible();
  const bars = page.locator(".bars-list .p");
  await expect.poll(async () => (await page.locator(".bars-list li").first().getAttribute("title")) ?? "").toContain("logit");
  // The bars are those of step 120, not of a step on the way.
  const now = await api<State>(lab, `/api/sessions/${await id(page)}`);
  const asked = await fetch(`${lab.url}/api/sessions/${now.id}/predict`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ context: "em" }) });
  const first = ((await asked.json()) as Prediction).probabilities[0] ?? 0;
  await expect(page.locator(".bars-list li").first()).toHaveAttribute("title", new RegExp(`: ${first.toPrecision(4).replace(".", "\\.")},`));
  const told = await page.locator(".bars-list li").evaluateAll((all) => all.map((li) => li.getAttribute("title")));
  expect(await bars.count()).toBe(27);
  await page.getByRole("button", { name: "Copy link" }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await context.newPage();
  await other.goto(link);
  await expect.poll(() => step(other)).toBe(120);
  await expect.poll(() => other.locator(".bars-list li").evaluateAll((all) => all.map((li) => li.getAttribute("title")))).toEqual(told);
  await other.close();
});
