import { readFileSync } from "node:fs";
import { api, expect, id, open, test, trainTo, view } from "./lab";
import type { EditLog, Prediction } from "../../src/api/types";
import type { Lab } from "./lab";
import type { Page } from "@playwright/test";

async function probabilities(page: Page, lab: Lab): Promise<number[]> {
  const answer = await fetch(`${lab.url}/api/sessions/${await id(page)}/predict`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ context: "em" }) });
  return ((await answer.json()) as Prediction).probabilities;
}

test("a slider changes the probability bars", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&context=em&view=next&value=output.weight");
  await trainTo(page, 300);
  const bars = () => page.locator(".bars-list li").evaluateAll((all) => all.map((li) => li.getAttribute("title")));
  await expect.poll(async () => (await bars()).length).toBe(27);
  const before = await bars();
  const slider = page.getByLabel(/Scale about its mean/);
  await slider.focus();
  for (let i = 0; i < 5; i += 1) await page.keyboard.press("ArrowRight");
  await expect.poll(bars).not.toEqual(before);
  // One movement is one entry of the log, and an undo takes all of it back.
  await view(page, "Edits");
  await expect(page.locator(".log tbody tr").first()).toContainText("scaled about its mean");
});

test("a log that is saved, loaded and replayed gives the same probabilities to the last digit", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&set=seed%3D3");
  await trainTo(page, 100);
  await page.locator(".node", { hasText: "hidden.weight" }).click();
  await page.getByRole("button", { name: "Add noise" }).click();
  await expect(page.locator(".panel", { hasText: "Inspector" }).or(page.locator(".inspector")).first()).toBeVisible();
  await view(page, "Edits");
  await expect(page.locator(".log tbody tr")).toHaveCount(1);
  await trainTo(page, 200);
  await page.locator(".inspector .cells").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByLabel(/^cell \[/).fill("0.5");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await expect(page.locator(".log tbody tr")).toHaveCount(2);
  await trainTo(page, 260);
  const before = await probabilities(page, lab);

  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save", exact: true }).click()]);
  const path = await file.path();
  expect((JSON.parse(readFileSync(path, "utf8")) as EditLog).edits).toHaveLength(2);

  await page.getByRole("button", { name: "Replay" }).click();
  await expect.poll(() => probabilities(page, lab)).toEqual(before);

  // Another session of the same recipe, with the log from the file.
  await page.goto(`${lab.url}/?recipe=mlp&set=seed%3D3&view=edits`);
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeEnabled();
  await trainTo(page, 260);
  expect(await probabilities(page, lab)).not.toEqual(before);
  await page.locator("input[type=file][accept*=json]").setInputFiles(path);
  await expect(page.locator(".log tbody tr")).toHaveCount(2);
  await expect(page.getByTestId("status")).toHaveText("paused");
  await expect.poll(() => probabilities(page, lab)).toEqual(before);
});

test("undo, redo, order, switching off, and both sides", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&context=a");
  await trainTo(page, 200);
  const plain = await probabilities(page, lab);
  await page.locator(".node", { hasText: "tanh" }).first().click();
  await page.getByRole("button", { name: "Ablate (zero)" }).click();
  await view(page, "Edits");
  await expect(page.locator(".log tbody tr")).toHaveCount(1);
  await expect(page.locator(".bars-list em").first()).toBeAttached();
  expect(await probabilities(page, lab)).not.toEqual(plain);
  await page.getByRole("button", { name: "Compare", exact: true }).last().click();
  await expect(page.getByTestId("compare-edited")).toHaveText(/\d\.\d{4}/);
  expect(await page.getByTestId("compare-edited").textContent()).not.toBe(await page.getByTestId("compare-unedited").textContent());
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.locator(".log tbody tr")).toHaveCount(0);
  expect(await probabilities(page, lab)).toEqual(plain);
  await page.getByRole("button", { name: "Redo" }).click();
  await expect(page.locator(".log tbody tr")).toHaveCount(1);
  await page.locator(".node, .inspector button", { hasText: "Put its mean" }).click();
  await expect(page.locator(".log tbody tr")).toHaveCount(2);
  await page.getByRole("button", { name: "Edit 2 earlier" }).click();
  await expect(page.locator(".log tbody tr").first()).toContainText("mean");
  const log = await api<EditLog>(lab, `/api/sessions/${await id(page)}/edits`);
  expect(log.edits.map((e) => e.operation)).toEqual(["mean", "zero"]);
});
