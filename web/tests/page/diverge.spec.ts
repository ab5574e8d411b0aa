import { expect, open, pause, play, test } from "./lab";

test("numbers that are none stop the run, and the page names where they came from", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await page.locator(".node", { hasText: "output.weight" }).click();
  await page.getByLabel("noise, std").fill("3e38");
  await page.getByRole("button", { name: "Add noise" }).click();
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(page.getByTestId("status")).toHaveText("stopped");
  await expect(page.locator(".notices")).toContainText("Stopped.");
  await expect(page.locator(".notices")).toContainText(/output/);
  await page.getByRole("tab", { name: "Edits" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.locator(".log tbody tr")).toHaveCount(0);
  await play(page);
  await pause(page);
});
