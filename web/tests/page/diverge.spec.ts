import { api, expect, id, open, pause, play, test, view } from "./lab";
import type { NewEdit } from "../../src/api/types";
import type { Lab } from "./lab";
import type { Page } from "@playwright/test";

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

/** Noise so large in a parameter that sums of its products are no numbers any more. */
async function spoil(page: Page, lab: Lab, name: string): Promise<void> {
  const edit: NewEdit = { kind: "parameter", name, range: null, operation: "noise", value: 3e38, seed: 3 };
  const answer = await fetch(`${lab.url}/api/sessions/${await id(page)}/edits`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(edit) });
  expect(answer.ok).toBe(true);
}

/** Of each family: a parameter near its beginning, and where "NaN" is to be read. */
const FAMILIES: [recipe: string, parameter: string, told: [view: string, where: string][]][] = [
  ["mlp", "hidden.weight", [["Next letter", ".bars-list .p"], ["Letter graph", ".bars-list .p"], ["Edits", ".bars-list .p"]]],
  ["wavenet", "embedding.weight", [["Next letter", ".bars-list .p"]]],
  ["gru", "embedding.weight", [["Next letter", ".bars-list .p"]]],
  ["transformer", "token_embedding.weight", [["Next letter", ".bars-list .p"], ["Inside", ".lens td"]]],
  ["iris", "0.weight", [["Examples", ".bars-list .p"]]],
  ["lenet", "0.weight", [["Examples", ".bars-list .p"]]],
  ["autoencoder", "0.weight", []],
];

for (const [recipe, parameter, told] of FAMILIES) {
  test(`${recipe}: where numbers are none every view says so, and none fails`, async ({ page, lab }) => {
    await open(page, lab, `?recipe=${recipe}&context=em`);
    const names = (await api<{ name: string; kind: string }[]>(lab, `/api/sessions/${await id(page)}/tensors`)).filter((t) => t.kind === "parameter").map((t) => t.name);
    await spoil(page, lab, names.find((name) => name === parameter) ?? names[0] ?? "");
    for (const [name, where] of told) {
      await view(page, name);
      await expect(page.locator(where).first()).toContainText("NaN");
    }
    // The `quiet` fixture holds that nothing is thrown and nothing drawn at a place that is none.
    for (const tab of await page.getByRole("tab").allTextContents()) {
      await view(page, tab);
      await expect(page.locator("#shown")).not.toContainText(/^(Reading|Surveying|Counting|Looking)/);
    }
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await expect(page.getByTestId("status")).toHaveText("stopped");
    for (const tab of await page.getByRole("tab").allTextContents()) await view(page, tab);
  });
}
