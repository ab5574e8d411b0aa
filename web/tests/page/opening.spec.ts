// What a person finds when a model is opened, and finds again after a reload, by a link, and by the browser's Back.
import { api, expect, id, open, pause, play, step, test, trainTo, view } from "./lab";
import type { State } from "../../src/api/types";

for (const recipe of ["mlp", "transformer", "gru", "wavenet", "bigram-counts", "iris", "moons", "lenet", "autoencoder", "text-cnn"]) {
  test(`${recipe} opens with something to look at`, async ({ page, lab }) => {
    await page.goto(`${lab.url}/?recipe=${recipe}`);
    await expect(page.getByTestId("index").or(page.locator(".readout")).first()).toBeVisible();
    await expect(page.locator(".inspector canvas").first()).toBeVisible();
    await expect(page.locator(".inspector option").nth(1)).toBeAttached();
    const shown = page.getByRole("tab", { selected: true });
    await expect(shown).toHaveText(/^(mlp|text-cnn)$/.test(recipe) ? (recipe === "mlp" ? "Network" : "Examples") : /^(iris|moons|lenet|autoencoder)$/.test(recipe) ? "Examples" : "Inside");
    if (/^(mlp|transformer|gru|wavenet|text-cnn)$/.test(recipe)) {
      await view(page, recipe === "text-cnn" ? "Examples" : "Next letter");
      await expect(page.getByLabel(recipe === "text-cnn" ? "Word" : /Context/)).not.toHaveValue("");
    }
  });
}

test("a toy takes its time, and a click makes it fast", async ({ page, lab }) => {
  await open(page, lab, "?recipe=moons");
  const state = () => id(page).then((name) => api<State>(lab, `/api/sessions/${name}`));
  await expect.poll(async () => (await state()).speed).toBeGreaterThan(0);
  const { steps, speed } = await state();
  expect(steps / (speed ?? Infinity)).toBeGreaterThan(20);
  await page.getByLabel("Speed").selectOption("");
  await expect.poll(async () => (await state()).speed).toBeNull();
});

test("another architecture says what it is: name, sentence, optimiser; the data stay", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&set=seed%3D7");
  const recipes = await api<{ name: string; about: string; model: string; entries: { path: string; value: unknown }[] }[]>(lab, "/api/recipes");
  for (const kind of ["transformer", "gru"]) {
    const recipe = recipes.find((r) => r.model === kind);
    await page.getByRole("combobox", { name: "Architecture" }).selectOption(kind);
    await expect(page.getByRole("combobox", { name: "Recipe", exact: true })).toHaveValue(recipe?.name ?? "");
    await expect(page.locator(".rail")).toContainText(recipe?.about ?? "no sentence");
    const state = await api<State>(lab, `/api/sessions/${await id(page)}`);
    expect(state.recipe).toBe(recipe?.name);
    expect(state.seed).toBe(7);
    const optimiser = String(recipe?.entries.find((e) => e.path === "optimizer.kind")?.value);
    expect(state.toml).toContain(`"${optimiser}"`);
  }
});

test("a reload shows the same view: value, expression, overlay", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await play(page);
  await expect.poll(() => step(page)).toBeGreaterThan(300);
  await pause(page);
  const first = await id(page);
  await page.getByRole("combobox", { name: "Recipe", exact: true }).selectOption("gru");
  await expect.poll(() => id(page)).not.toBe(first);
  // Newest first, and of the same data alone, however many runs there are.
  const post = (path: string, body: object) => fetch(lab.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const flowers = (await (await post("/api/sessions", { recipe: "iris" })).json()) as State;
  await post(`/api/sessions/${flowers.id}/step`, { count: 5 });
  await page.getByText("Compare", { exact: true }).click();
  await expect(page.locator(".menu .items label").first()).toContainText(first);
  await expect(page.locator(".menu .items label", { hasText: flowers.id })).toHaveCount(0);
  await page.getByRole("checkbox", { name: first }).check();
  await expect(page.locator(".loss .u-legend")).toContainText(first);
  await page.locator(".inspector select").first().selectOption("output.weight");
  await view(page, "One neuron");
  await page.getByLabel("Expression").fill("y = a*b + a");
  await page.getByLabel("a", { exact: true }).fill("4");
  await expect(page).toHaveURL(/number=a%3D4/);
  await expect(page).toHaveURL(/over=/);
  await page.reload();
  await expect(page.getByLabel("Expression")).toHaveValue("y = a*b + a");
  await expect(page.getByLabel("a", { exact: true })).toHaveValue("4");
  await expect(page.locator(".inspector h2").first()).toHaveText("output.weight");
  await expect(page.locator(".inspector option").nth(3)).toBeAttached();
  await expect(page.locator(".loss .u-legend")).toContainText(first);
});

test("Back goes to the view before, and to the session before", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await trainTo(page, 5);
  const first = await id(page);
  await view(page, "Diagnostics");
  await expect(page).toHaveURL(/view=diagnostics/);
  await view(page, "Edits");
  await expect(page).toHaveURL(/view=edits/);
  await page.goBack();
  await expect(page.getByRole("tab", { selected: true })).toHaveText("Diagnostics");
  await page.getByRole("combobox", { name: "Recipe", exact: true }).selectOption("gru");
  await expect.poll(() => id(page)).not.toBe(first);
  await expect(page).toHaveURL(/recipe=gru/);
  await page.goBack();
  await expect.poll(() => id(page)).toBe(first);
  await expect(page.getByTestId("step")).toHaveText("5");
});

test("a link holds the edits", async ({ page, lab, context }) => {
  await open(page, lab, "?recipe=mlp&view=edits");
  await trainTo(page, 10);
  await page.locator(".inspector select").first().selectOption("output.weight");
  await page.getByRole("button", { name: "Set all to zero" }).click();
  await expect(page.locator(".log tbody tr")).toHaveCount(1);
  await page.getByRole("button", { name: "Copy link" }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await context.newPage();
  await other.goto(link);
  await expect.poll(() => step(other)).toBe(10);
  await expect(other.locator(".log tbody tr")).toHaveCount(1);
  await expect(other.locator(".log tbody tr")).toContainText("set to zero");
  await other.close();
});

test("sessions are listed, stopped and deleted", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  const first = await id(page);
  await page.getByLabel("Speed").selectOption("10");
  await play(page);
  const body = JSON.stringify({ recipe: "gru" });
  const made = (await (await fetch(`${lab.url}/api/sessions`, { method: "POST", headers: { "content-type": "application/json" }, body })).json()) as State;
  await page.goto(`${lab.url}/?session=${made.id}`);
  await expect.poll(() => id(page)).toBe(made.id);
  await page.getByText("Sessions and runs").click();
  await page.getByRole("button", { name: `Stop ${first}` }).click();
  await expect.poll(async () => (await api<State>(lab, `/api/sessions/${first}`)).status).toBe("paused");
  await expect(page.getByRole("button", { name: `Stop ${first}` })).toHaveCount(0);
  await page.getByRole("button", { name: `Rename ${first}`, exact: true }).click();
  await page.getByLabel(`New name of ${first}`).fill("my-letters");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("button", { name: "Delete my-letters", exact: true })).toBeVisible();
  expect((await fetch(`${lab.url}/api/sessions/${first}`)).status).toBe(404);
  expect((await api<State>(lab, "/api/sessions/my-letters")).step).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Delete my-letters", exact: true }).click();
  await page.getByRole("button", { name: "Delete my-letters for good" }).click();
  await expect.poll(async () => (await fetch(`${lab.url}/api/sessions/my-letters`)).status).toBe(404);
  await expect(page.getByRole("button", { name: "Delete my-letters", exact: true })).toHaveCount(0);
});

for (const [width, height] of [[1280, 720], [390, 844]] as const) {
  test(`${width} x ${height}: nothing lies outside the screen, and the charts fold for the middle to grow`, async ({ page, lab }) => {
    await page.setViewportSize({ width, height });
    await open(page, lab, "?recipe=transformer");
    const stages = page.getByRole("group", { name: "Stage" }).getByRole("button");
    await expect(stages).toHaveCount(3);
    for (const stage of await stages.all()) {
      const box = await stage.boundingBox();
      expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? Infinity) <= width).toBe(true);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const high = async () => (await page.locator("#shown").boundingBox())?.height ?? 0;
    const before = await high();
    await page.getByRole("button", { name: "Hide charts" }).click();
    await expect(page.locator(".loss")).toHaveCount(0);
    if (width > 1100) await expect.poll(high).toBeGreaterThan(before + 100);
    await page.getByRole("button", { name: "Show charts" }).click();
    await expect(page.locator(".loss")).toBeVisible();
  });
}
