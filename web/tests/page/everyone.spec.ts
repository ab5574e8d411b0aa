import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { expect, open, test, trainTo, view } from "./lab";
import { OF_CLASSIFIERS, VIEWS } from "./views";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
interface Finding { id: string; impact: string | null; nodes: { html: string }[] }

for (const scheme of ["light", "dark"] as const) {
  for (const [width, height] of [[1440, 900], [390, 844]] as const) {
    test(`axe finds nothing serious, ${scheme}, ${width} × ${height}`, async ({ page, lab }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height });
      const found: string[] = [];
      const look = async (recipe: string, names: string[]) => {
        for (const name of names) {
          await view(page, name);
          await page.waitForTimeout(400);
          // Evaluated by the debugger: the page's own policy would not let a script in.
          const findings = (await page.evaluate(`(async () => { ${axe}; return (await axe.run(document, { resultTypes: ["violations"] })).violations; })()`)) as Finding[];
          for (const f of findings) if (f.impact === "serious" || f.impact === "critical") found.push(`${recipe}, ${name}: ${f.id} ${f.nodes.slice(0, 2).map((n) => n.html.slice(0, 160)).join(" | ")}`);
        }
      };
      await open(page, lab, "?recipe=mlp&value=hidden.weight&context=em");
      await trainTo(page, 150);
      await look("mlp", VIEWS);
      for (const recipe of ["iris", "lenet", "autoencoder"]) {
        await open(page, lab, `?recipe=${recipe}`);
        await trainTo(page, 20);
        await look(recipe, OF_CLASSIFIERS);
      }
      expect(found).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    });
  }
}

test("everything is reached and worked by keyboard", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp");
  await trainTo(page, 5);
  await expect(page).toHaveURL(/session=/);
  await page.reload();
  await expect(page.getByTestId("step")).toHaveText("5");
  await page.keyboard.press("Tab");
  await expect(page.locator(".skip")).toBeFocused();
  // Every control is stopped at by Tab, or is one of a group that arrow keys go through; and its focus is seen.
  const seen = new Set<string>();
  for (let i = 0; i < 120; i += 1) {
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body) return null;
      const style = getComputedStyle(one);
      return { text: `${one.tagName} ${one.getAttribute("aria-label") ?? one.textContent?.slice(0, 40) ?? ""}`, outline: style.outlineStyle !== "none" };
    });
    if (at === null && i > 5) break;
    if (at) {
      seen.add(at.text);
      expect(at.outline, at.text).toBe(true);
    }
    await page.keyboard.press("Tab");
  }
  for (const wanted of ["Play", "Step", "Rewind", "Copy link", "hidden.weight", "Ten more"]) expect([...seen].some((s) => s.includes(wanted)), `${wanted} in ${[...seen].join("; ")}`).toBe(true);
  await page.getByRole("tab", { name: "Network" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Next letter" })).toHaveAttribute("aria-selected", "true");
  await page.locator("body").click({ position: { x: 700, y: 20 } });
  await page.keyboard.press(".");
  await expect(page.getByTestId("step")).toHaveText("6");
});
