import { api, expect, id, open, pause, play, step, test, trainTo } from "./lab";
import { fromCheckpoint } from "./checkpoint";
import { exact } from "../../src/draw/number";
import type { Network, State } from "../../src/api/types";

test("the graph shows every named value with its shape, and zooms", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  const network = await api<Network>(lab, `/api/sessions/${await id(page)}/network?context=`);
  await expect(page.locator(".node")).toHaveCount(network.values.length);
  for (const value of network.values) await expect(page.locator(".node b", { hasText: value.name }).first()).toBeAttached();
  await expect(page.locator(".link text").first()).toHaveText(/\d/);
  const box = async () => (await page.locator(".node").first().boundingBox())?.width ?? 0;
  await page.getByRole("button", { name: "Fit" }).click();
  // Drawn and fitted: the same twice.
  let before = -1;
  await expect.poll(async () => {
    const [last, now] = [before, await box()];
    before = now;
    return now > 0 && now === last;
  }).toBe(true);
  await page.getByRole("button", { name: "Larger" }).click();
  await expect.poll(box).toBeGreaterThan(before * 1.1);
  await page.locator(".graph").focus();
  await page.keyboard.press("0");
  await expect.poll(async () => Math.abs((await box()) - before)).toBeLessThan(1);
});

test("the number in the inspector is the checkpoint's, to the bit", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await play(page);
  // A checkpoint that the run wrote by itself, to which the page then goes back.
  await expect.poll(async () => (await api<State>(lab, `/api/sessions/${await id(page)}`)).checkpoints.some((c) => c > 0)).toBe(true);
  await pause(page);
  const state = await api<State>(lab, `/api/sessions/${await id(page)}`);
  const at = state.checkpoints.filter((c) => c > 0)[0] ?? 0;
  await trainTo(page, at);
  await page.locator(".node", { hasText: "hidden.weight" }).click();
  const cells = page.locator(".inspector .cells").first();
  await cells.focus();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  const where = ((await page.getByTestId("index").textContent()) ?? "").match(/\[(\d+), (\d+)\]/);
  const [row, column] = [Number(where?.[1]), Number(where?.[2])];
  expect([row, column]).toEqual([2, 3]);
  const stored = fromCheckpoint(lab.home, state.id, at, "hidden.weight", row, column);
  await expect(page.getByTestId("exact")).toHaveText(exact(stored));
  await expect(page.getByTestId("exact-gradient")).not.toHaveText("–");
  await expect(page.locator(".statistics")).toContainText("std");
});

test("a click locks a cell, a button lets go", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await page.locator(".node", { hasText: "embedding.weight" }).click();
  await page.locator(".inspector .cells").first().click({ position: { x: 30, y: 30 } });
  await page.mouse.move(5, 5);
  await expect(page.getByTestId("exact")).toBeVisible();
  await expect(page).toHaveURL(/cell=/);
  await page.getByRole("button", { name: "Let go of this cell" }).click();
  await expect(page.getByTestId("exact")).toBeHidden();
});

test("histograms and their way over time move while it trains", async ({ page, lab }) => {
  // So many steps that no machine is done before the second look.
  await open(page, lab, "?recipe=mlp&set=steps%3D10000000");
  await page.locator(".node", { hasText: "hidden.weight" }).click();
  await play(page);
  await expect(page.locator(".inspector .histogram").first()).toBeVisible();
  const shape = () => page.locator(".inspector .histogram path").first().getAttribute("d");
  const first = await shape();
  await expect.poll(shape).not.toBe(first);
  await expect(page.locator(".over-time canvas")).toBeVisible();
  await pause(page);
  expect(await step(page)).toBeGreaterThan(0);
});

test("a chart gives its numbers away", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await trainTo(page, 200);
  await page.locator(".loss summary[aria-label^=Save]").click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Numbers (CSV)" }).click()]);
  expect(file.suggestedFilename()).toMatch(/loss\.csv$/);
  const stream = await file.createReadStream();
  let text = "";
  for await (const part of stream) text += String(part);
  expect(text.split("\r\n")[0]).toBe("run,series,step,loss");
  expect(text.split("\r\n").length).toBeGreaterThan(3);
});
