// Starts `gradus serve` for the tests of one file: GRADUS names the program, built with the page.
import { test as base, expect } from "@playwright/test";
import type { Page } from "@playwright/test";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const program = resolve(process.env.GRADUS ?? "../target/debug/gradus");

export interface Lab { url: string; home: string; stop: () => Promise<void>; start: () => Promise<void> }

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? done(address.port) : fail(new Error("no port"))));
    });
  });
}

async function launch(): Promise<Lab> {
  if (!existsSync(program)) throw new Error(`${program} is not there: build it first (cargo build), or name another with GRADUS=…`);
  const home = mkdtempSync(join(tmpdir(), "gradus-page-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  const start = async () => {
    const own = spawn(program, ["serve", "--port", String(port), "--home", home], { stdio: ["ignore", "pipe", "pipe"] });
    child = own;
    let said = "";
    own.stderr?.on("data", (text: Buffer) => { said += text.toString(); });
    const end = Date.now() + 120_000;
    for (;;) {
      if (own.exitCode !== null) throw new Error(`gradus serve ended: ${said}`);
      if (await fetch(`${url}/api`).then((a) => a.ok, () => false)) return;
      if (Date.now() > end) throw new Error(`gradus serve does not answer: ${said}`);
      await new Promise((again) => setTimeout(again, 50));
    }
  };
  const stop = async () => {
    const own = child;
    child = null;
    if (!own || own.exitCode !== null) return;
    const gone = new Promise((done) => own.once("exit", done));
    own.kill("SIGKILL");
    await gone;
  };
  await start();
  return { url, home, stop, start };
}

/** A server for the file, and a page that must not complain. A refusal that the page shows is not a complaint. */
export const test = base.extend<{ lab: Lab; quiet: string[] }, { server: Lab }>({
  server: [async ({}, use) => {
    const lab = await launch();
    await use(lab);
    await lab.stop();
    rmSync(lab.home, { recursive: true, force: true });
  }, { scope: "worker" }],
  lab: async ({ server }, use) => { await use(server); },
  quiet: [async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("console", (message) => { if (message.type() === "error" && !/status of 4(09|22)/.test(message.text())) complaints.push(`console: ${message.text()}`); });
    await use(complaints);
    expect(complaints).toEqual([]);
  }, { auto: true }],
});
export { expect };

/** Opens the page and waits until a model stands there. */
export async function open(page: Page, lab: Lab, query = ""): Promise<void> {
  await page.goto(lab.url + "/" + query);
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeEnabled();
}

export const id = async (page: Page): Promise<string> => (await page.locator(".head .what b").textContent()) ?? "";
export const api = async <R>(lab: Lab, path: string): Promise<R> => (await fetch(lab.url + path)).json() as Promise<R>;
export const step = async (page: Page): Promise<number> => Number(((await page.getByTestId("step").textContent()) ?? "").replaceAll(",", ""));

/** Trains to a step by the page's own controls. */
export async function trainTo(page: Page, to: number): Promise<void> {
  await page.getByLabel("Step to go to").fill(String(to));
  await page.getByRole("button", { name: "Go", exact: true }).click();
  await expect.poll(() => step(page)).toBe(to);
  await expect(page.getByTestId("status")).toHaveText(/^(paused|finished)$/);
}

/** Trains to the recipe's last step. */
export async function trainToEnd(page: Page, lab: Lab): Promise<void> {
  await trainTo(page, (await api<{ steps: number }>(lab, `/api/sessions/${await id(page)}`)).steps);
}

export async function view(page: Page, name: string): Promise<void> {
  await page.getByRole("tab", { name, exact: true }).click();
}

/** Plays, and waits until training is seen, or is over already: a slow page may hear of it too late. */
export async function play(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(page.getByTestId("status")).toHaveText(/^(training|finished)$/);
}

/** Pauses. A slow machine may have come to the last step meanwhile: then nothing is left to pause. */
export async function pause(page: Page): Promise<void> {
  const button = page.getByRole("button", { name: "Pause" });
  await expect.poll(async () => {
    if (await button.isVisible()) await button.click({ timeout: 2_000 }).catch(() => undefined);
    return page.getByTestId("status").textContent();
  }).toMatch(/^(paused|finished)$/);
}
