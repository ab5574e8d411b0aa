import { api, expect, id, open, pause, play, step, test, view } from "./lab";
import type { State } from "../../src/api/types";

test("a server that is killed while training offers the session again, edits included", async ({ page, lab, quiet }) => {
  await open(page, lab, "?recipe=mlp");
  await page.locator(".node", { hasText: "output.bias" }).click();
  await page.getByRole("button", { name: "Set all to zero" }).click();
  await play(page);
  const name = await id(page);
  await expect.poll(async () => (await api<State>(lab, `/api/sessions/${name}`)).checkpoints.some((c) => c > 0)).toBe(true);
  await lab.stop();
  await expect(page.locator(".notices").getByText("The server does not answer")).toBeVisible();
  await lab.start();
  await expect(page.locator(".notices").getByText("The server does not answer")).toBeHidden();
  await page.reload();
  await expect.poll(() => id(page)).toBe(name);
  expect(await step(page)).toBeGreaterThan(0);
  await view(page, "Edits");
  await expect(page.locator(".log tbody tr")).toHaveCount(1);
  await play(page);
  await pause(page);
  // While it was away the browser said so, as it should.
  quiet.length = 0;
});
