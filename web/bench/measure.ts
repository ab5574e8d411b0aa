// What the page costs and how fast it answers, in a real Chromium before a release build: `npm run measure`.
// On a machine that does other things the numbers are theirs, too: the load is printed with them.
import { spawn } from "node:child_process";
import { cpus, loadavg } from "node:os";
import type { Page } from "@playwright/test";
import { api, freePort, id, open, program, test, trainTo } from "../tests/page/lab";
import type { Lab } from "../tests/page/lab";
import type { State } from "../src/api/types";

const say = (text: string): void => console.log(`${text}  [load ${(loadavg()[0] ?? 0).toFixed(1)} on ${cpus().length} cores]`);
const sorted = (times: number[]): number[] => [...times].sort((a, b) => a - b);
const at = (times: number[], share: number): number => sorted(times)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

test("from the command to the first paint that can be used", async ({ page, lab, quiet }) => {
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const port = await freePort();
    const began = Date.now();
    const child = spawn(program, ["serve", "--port", String(port), "--home", `${lab.home}/start-${i}`], { stdio: "ignore" });
    while (!(await fetch(`http://127.0.0.1:${port}/api`).then((a) => a.ok, () => false))) await wait(5);
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.locator(".node").first().waitFor();
    await page.locator("button.play:enabled").waitFor();
    times.push(Date.now() - began);
    child.kill();
  }
  // That a server was ended while its page stood open is no complaint.
  quiet.length = 0;
  say(`start to a page with its network and an enabled Play: best ${at(times, 0)} ms, median ${at(times, 0.5)} ms (target 2,000)`);
});

test("a slider's movement to the probability bars", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&context=em&view=next&value=output.weight");
  await trainTo(page, 300);
  await page.getByLabel(/Scale about its mean/).waitFor();
  await page.locator(".bars-list").waitFor();
  await wait(500);
  // From the movement to the frame in which the bars are others, as the page itself sees it.
  const times = await page.evaluate(async () => {
    const slider = document.querySelector<HTMLInputElement>(".inspector input[type=range]");
    const bars = document.querySelector(".bars-list");
    if (!slider || !bars) throw new Error("no slider or no bars");
    const times: number[] = [];
    for (let i = 0; i < 200; i += 1) {
      const start = performance.now();
      const changed = new Promise<number>((done) => {
        const watch = new MutationObserver(() => { watch.disconnect(); requestAnimationFrame(() => done(performance.now())); });
        watch.observe(bars, { subtree: true, attributes: true, characterData: true, childList: true });
      });
      slider.value = String(0.2 + 0.01 * i);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      times.push((await changed) - start);
      await new Promise((next) => setTimeout(next, 60));
    }
    return times;
  });
  say(`slider to bars, ${times.length} movements: median ${at(times, 0.5).toFixed(1)} ms, p95 ${at(times, 0.95).toFixed(1)} ms (target 100)`);
});

test("frames a second while the network trains", async ({ page, lab }) => {
  await open(page, lab, "?recipe=mlp&value=hidden.weight");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await wait(1500);
  const rates = await page.evaluate(async () => {
    const counts: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const start = performance.now();
      let n = 0;
      while (performance.now() - start < 1000) {
        await new Promise((next) => requestAnimationFrame(next));
        n += 1;
      }
      counts.push((n * 1000) / (performance.now() - start));
    }
    return counts;
  });
  say(`frames a second while training, second by second: ${rates.map((r) => r.toFixed(0)).join(", ")} (target 50)`);
});

/** Steps a second over some seconds, as the server counts them. */
async function speed(lab: Lab, name: string, seconds: number): Promise<number> {
  const now = async () => (await api<State>(lab, `/api/sessions/${name}`)).step;
  const [from, began] = [await now(), performance.now()];
  await wait(seconds * 1000);
  return ((await now()) - from) / ((performance.now() - began) / 1000);
}

async function post(lab: Lab, path: string, body: unknown): Promise<State> {
  return (await (await fetch(lab.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json()) as State;
}

test("the speed of training with the page open and without", async ({ page, lab }: { page: Page; lab: Lab }) => {
  await open(page, lab, "?recipe=mlp&set=steps%3D100000000");
  const name = await id(page);
  await post(lab, `/api/sessions/${name}/play`, {});
  const ratios: number[] = [];
  const rates: [number, number][] = [];
  // In turn, so that what else the machine does is shared by both.
  for (let i = 0; i < 4; i += 1) {
    await page.goto(`${lab.url}/?session=${name}`);
    await page.locator(".node").first().waitFor();
    await wait(1000);
    const open = await speed(lab, name, 3);
    await page.goto("about:blank");
    await wait(500);
    const closed = await speed(lab, name, 3);
    ratios.push(open / closed);
    rates.push([open, closed]);
  }
  await post(lab, `/api/sessions/${name}/pause`, {});
  const best = (i: 0 | 1) => Math.max(...rates.map((r) => r[i])).toFixed(0);
  say(`steps a second, best: ${best(0)} with the page open, ${best(1)} without; ratio median ${at(ratios, 0.5).toFixed(2)}, best ${at(ratios, 1).toFixed(2)} (target 0.80)`);
});
