import { api, expect, id, open, pause, play, step, test, trainTo, trainToEnd, view } from "./lab";
import type { Classified, Confusion, Landscape, Latent, State } from "../../src/api/types";

test("recipes of classifiers are offered by what they take, and the tabs are those that make sense", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  const recipes = page.getByRole("combobox", { name: "Recipe", exact: true });
  await expect(recipes.locator("optgroup")).toHaveCount(3);
  await recipes.selectOption("iris");
  await expect(page.locator(".head .what")).toContainText("iris");
  await expect(page.getByRole("tab", { name: "Next letter" })).toHaveCount(0);
  await expect(page.getByRole("tab", { name: "Letter graph" })).toHaveCount(0);
  await expect(page.getByRole("tab", { name: "Examples" })).toBeVisible();
  // What can stand in its place takes measurements, too.
  const kinds = await page.getByRole("combobox", { name: "Architecture" }).locator("option").allTextContents();
  expect(kinds).toContain("dense");
  expect(kinds).not.toContain("mlp");
});

test("flowers: the landscape answers to training, to the axes, to the pointer and to the keyboard", async ({ page, lab }) => {
  await open(page, lab, "?recipe=iris&view=classes");
  const plane = page.getByRole("application", { name: /What the model decides/ });
  const told = page.getByTestId("landscape-told");
  await expect.poll(() => page.locator(".point").count()).toBeGreaterThan(100);
  const canvas = () => page.locator(".landscape canvas").evaluate((c) => (c as HTMLCanvasElement).toDataURL());
  const before = await canvas();
  await play(page);
  await expect.poll(canvas).not.toBe(before);
  await expect.poll(() => page.getByTestId("accuracy").textContent()).not.toBe("–");
  await pause(page);
  await trainToEnd(page, lab);
  const session = `/api/sessions/${await id(page)}`;
  const confusion = await api<Confusion>(lab, `${session}/views/confusion?split=test`);
  expect(confusion.accuracy).toBeGreaterThan(0.85);
  await expect(page.locator(".confusion tbody tr")).toHaveCount(3);
  for (const [i, row] of confusion.matrix.entries()) for (const [j, count] of row.entries()) await expect(page.locator(".confusion tbody tr").nth(i).locator("td").nth(j)).toHaveText(String(count));

  // The number under the keyboard's cursor is the server's.
  const landscape = await api<Landscape>(lab, `${session}/views/landscape`);
  await plane.focus();
  await page.keyboard.press("ArrowRight");
  await expect(told).toContainText(landscape.classes[0] ?? "");
  await page.keyboard.press("Escape");
  await page.locator(".point").first().dispatchEvent("pointerenter");
  await expect(told).toContainText("which is");
  // Two other measurements.
  await page.getByRole("combobox", { name: "across" }).selectOption("0");
  await page.getByRole("combobox", { name: "upward" }).selectOption("1");
  await expect(page.locator(".landscape .axis-name").first()).toHaveText(await page.getByRole("combobox", { name: "across" }).locator("option").nth(0).textContent() ?? "");
  await expect(page).toHaveURL(/axes=0%2C1/);
});

test("flowers: a changed measurement is answered, a click on an example looks into it", async ({ page, lab }) => {
  await open(page, lab, "?recipe=iris&view=classes");
  await trainToEnd(page, lab);
  await page.locator(".examples button").nth(3).click();
  await expect(page.locator(".examples button").nth(3)).toHaveAttribute("aria-pressed", "true");
  const verdict = page.getByTestId("verdict");
  const setosa = { petal: "1.4", width: "0.2" };
  const fields = page.locator(".measurements input");
  await fields.nth(0).fill("5.0");
  await fields.nth(1).fill("3.5");
  await fields.nth(2).fill(setosa.petal);
  await fields.nth(3).fill(setosa.width);
  await expect(verdict).toContainText("setosa");
  await fields.nth(2).fill("6.0");
  await fields.nth(3).fill("2.4");
  await expect(verdict).toContainText("virginica");
  await view(page, "Network");
  await expect.poll(() => page.locator(".node").count()).toBeGreaterThan(4);
});

test("points in a plane: moons are told apart", async ({ page, lab }) => {
  await open(page, lab, "?recipe=moons&view=classes");
  await trainToEnd(page, lab);
  const state = await api<State>(lab, `/api/sessions/${await id(page)}`);
  expect(state.accuracy).toBeGreaterThan(0.9);
  await expect(page.locator(".class-legend li")).toHaveCount(2);
  await expect(page.getByTestId("accuracy")).toContainText("%");
});

test("digits: a drawing by mouse and by keyboard is told, and why", async ({ page, lab }) => {
  await open(page, lab, "?recipe=lenet&view=classes");
  await trainTo(page, 150);
  const pad = page.getByRole("application", { name: /Drawing pad/ });
  const box = await pad.boundingBox();
  if (!box) throw new Error("no pad");
  // An upright stroke: a one.
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.15);
  await page.mouse.down();
  for (let i = 1; i <= 12; i += 1) await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * (0.15 + 0.06 * i));
  await page.mouse.up();
  await expect(page.getByText("of your drawing")).toBeVisible();
  const shares = () => page.locator(".classes .bars-list li").evaluateAll((all) => all.map((li) => li.getAttribute("title")));
  const stroke = await shares();
  // A bar over it by the keyboard: the answer changes.
  await pad.focus();
  await page.keyboard.press("Space");
  for (let i = 0; i < 6; i += 1) await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Space");
  await expect.poll(shares).not.toEqual(stroke);
  // Pixel by pixel.
  const drawn = await shares();
  const pixels = page.getByRole("application", { name: /The example's pixels/ });
  await pixels.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect.poll(shares).not.toEqual(drawn);

  await view(page, "Inside");
  await expect(page.locator(".maps").first()).toBeVisible();
  await expect(page.locator(".kernels canvas").first()).toBeVisible();
  await expect(page.locator(".mattered")).toHaveCount(3);
  await expect(page.locator(".examples.pictures button").first()).toBeVisible();
  // The parts of the score add up to it.
  const numbers = await page.locator(".sums tbody tr:not(.sum) td:last-child").allTextContents();
  const sum = numbers.map((x) => Number(x.replace("−", "-"))).reduce((a, b) => a + b, 0);
  const together = Number(((await page.locator(".sums .sum b").textContent()) ?? "").replace("−", "-"));
  expect(Math.abs(sum - together)).toBeLessThan(0.05);
});

test("digits: the confusion matrix counts every example, mistakes can be looked at", async ({ page, lab }) => {
  await open(page, lab, "?recipe=lenet&view=classes");
  await trainTo(page, 60);
  await expect(page.locator(".confusion tbody tr")).toHaveCount(10);
  const confusion = await api<Confusion>(lab, `/api/sessions/${await id(page)}/views/confusion?split=dev`);
  const wrong = confusion.matrix.flatMap((row, i) => row.map((n, j) => (i === j ? 0 : n))).reduce((a, b) => a + b, 0);
  expect(wrong).toBeGreaterThan(0);
  await page.getByLabel("only mistakes").check();
  await expect(page.locator(".examples .mistaken")).toHaveCount(Math.min(30, wrong));
  await page.locator(".examples .mistaken").first().click();
  await expect(page).toHaveURL(/example=dev%3A/);
});

test("an autoencoder: what comes out again, and the plane that the decoder draws from", async ({ page, lab }) => {
  await open(page, lab, "?recipe=autoencoder&view=classes");
  await trainTo(page, 200);
  const latent = await api<Latent>(lab, `/api/sessions/${await id(page)}/views/latent?split=dev`);
  await expect(page.locator(".latent-dot")).toHaveCount(latent.places.length);
  await page.getByRole("application", { name: /in the plane/ }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".decoded canvas")).toBeVisible();
  const drawn = () => page.locator(".decoded canvas").evaluate((c) => (c as HTMLCanvasElement).toDataURL());
  const first = await drawn();
  for (let i = 0; i < 8; i += 1) await page.keyboard.press("Shift+ArrowUp");
  await expect.poll(drawn).not.toBe(first);
  await expect(page.locator(".examples.pictures li").first().locator("canvas")).toHaveCount(2);
});

test("one neuron of tastes: the sum on paper", async ({ page, lab }) => {
  await open(page, lab, "?recipe=neuron&view=inside");
  await trainTo(page, 100);
  const at = async (row: number) => Number(((await page.locator(".paper tbody tr").nth(row).locator("td").last().textContent()) ?? "").replace("−", "-"));
  await expect(page.locator(".paper tbody tr")).toHaveCount(6);
  expect(Math.abs((await at(0)) + (await at(1)) + (await at(2)) + (await at(3)) - (await at(4)))).toBeLessThan(0.01);
});

test("edits of a classifier: an ablated layer changes the answer, and an undo brings it back", async ({ page, lab }) => {
  await open(page, lab, "?recipe=iris&view=classes&example=test%3A2");
  await trainTo(page, 60);
  const ask = async () => (await (await fetch(`${lab.url}/api/sessions/${await id(page)}/classify`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ split: "test", row: 2 }) })).json()) as Classified;
  const before = await ask();
  await view(page, "Network");
  await page.locator(".node.activation").first().click();
  await page.getByRole("button", { name: "Ablate (zero)" }).click();
  await expect.poll(async () => (await ask()).probabilities).not.toEqual(before.probabilities);
  await view(page, "Edits");
  await expect(page.locator(".log tbody tr")).toHaveCount(1);
  await expect(page.locator(".bars-list em").first()).toBeAttached();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(async () => (await ask()).probabilities).toEqual(before.probabilities);
});

test("a step of a classifier, slowly", async ({ page, lab }) => {
  await open(page, lab, "?recipe=moons&view=slow");
  await page.getByRole("button", { name: "Make a step and watch it" }).click();
  await expect(page.locator(".phases li")).toHaveCount(4);
  await expect.poll(() => step(page)).toBe(1);
});

test("words: which list", async ({ page, lab }) => {
  await open(page, lab, "?recipe=text-cnn&view=classes");
  await trainTo(page, 20);
  await page.getByLabel("Word").fill("anna");
  await expect(page.getByTestId("verdict")).toContainText("%");
  await expect(page.locator(".confusion tbody tr")).toHaveCount(2);
});

test("counts: a model without gradients shows what it has counted", async ({ page, lab }) => {
  await page.goto(`${lab.url}/?recipe=bigram-counts&view=diagnostics`);
  await expect(page.getByText("is counted, not trained")).toBeVisible();
  const cells = page.locator(".counts .cells");
  await cells.focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(".diagnostics .readline")).toContainText("after a came . ");
});
