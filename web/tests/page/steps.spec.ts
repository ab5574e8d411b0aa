// Numbers and the steps they are of.
import { api, expect, id, open, pause, play, step, test, trainTo, view } from "./lab";
import type { Diagnosis, Evaluated, State, Trace } from "../../src/api/types";

const written = (n: number): string => `step ${n.toLocaleString("en-US")}`;

test("after a pause every number is of the step that is shown", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&view=diagnostics&value=output.weight");
  await page.getByLabel("Speed").selectOption("100");
  await play(page);
  await expect.poll(() => step(page)).toBeGreaterThan(30);
  await pause(page);
  const at = await step(page);
  const session = `/api/sessions/${await id(page)}`;
  await expect.poll(async () => (await api<State>(lab, session)).dev_step).toBe(at);
  const state = await api<State>(lab, session);
  expect(state.loss_step).toBe(at);
  const dev = (await (await fetch(`${lab.url}${session}/evaluate`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ split: "dev" }) })).json()) as Evaluated;
  await expect(page.getByTestId("dev-loss")).toHaveText(dev.loss.toFixed(4));
  await expect(page.getByTestId("loss")).toHaveText((state.loss ?? NaN).toFixed(4));
  // Nothing on the page is of another step: not in the meters, the diagnoses or the inspector.
  await expect.poll(() => page.locator(".at-step").count()).toBeGreaterThan(4);
  await expect(page.locator(".at-step.old")).toHaveCount(0);
  expect(new Set(await page.locator(".at-step").allTextContents())).toEqual(new Set([written(at)]));
  const diagnosis = await api<Diagnosis>(lab, `${session}/diagnostics`);
  await expect(page.getByRole("region", { name: "Advice" })).toContainText((diagnosis.loss ?? NaN).toFixed(4));
  await view(page, "Network");
  await expect(page.locator(".graph-panel .note")).toContainText(`${(diagnosis.loss ?? NaN).toFixed(4)} ${written(at)}`);
});

test("an evaluation is of its step, and says so when the network has gone on", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await trainTo(page, 40);
  await page.getByRole("button", { name: "Evaluate" }).click();
  const told = page.getByTestId("evaluated");
  await expect(told).toContainText("test");
  for (const split of ["train", "dev", "test"]) {
    const own = (await (await fetch(`${lab.url}/api/sessions/${await id(page)}/evaluate`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ split }) })).json()) as Evaluated;
    await expect(told).toContainText(`${split} ${own.loss.toFixed(4)}`);
  }
  await trainTo(page, 50);
  await expect(told.locator(".at-step")).toHaveText(written(40));
  await expect(told.locator(".at-step")).toHaveClass(/old/);
});

test("a slow step tells of every micro-batch, and of the limit on its gradients", async ({ page, lab }) => {
  await open(page, lab, `?recipe=mlp&view=slow&set=accumulate%3D4&set=clip%3D0.1`);
  await page.getByRole("button", { name: "Make a step and watch it" }).click();
  const told = page.getByTestId("what-it-did");
  await expect(told).toContainText("4 micro-batches");
  const trace = await api<Trace>(lab, `/api/sessions/${await id(page)}/trace`);
  expect(trace.micro_batches).toHaveLength(4);
  for (const part of trace.micro_batches) await expect(told).toContainText(part.loss.toFixed(4));
  expect(trace.norm).toBeGreaterThan(0.1);
  expect(trace.norm * trace.clip_scale).toBeCloseTo(0.1, 4);
  await expect(told).toContainText("to a norm of 0.1");
});

test("All values: a change tells how many numbers the model would learn", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await page.getByText("All values").click();
  await page.getByLabel("hidden", { exact: true }).fill("300");
  await page.getByLabel("hidden", { exact: true }).blur();
  await expect(page.locator(".pending")).toContainText("17,697 parameters");
});
