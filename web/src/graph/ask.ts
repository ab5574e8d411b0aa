import type { Placed, Plan } from "./layout";

let worker: Worker | null = null;
let last = 0;
const waiting = new Map<number, (placed: Placed) => void>();

/** The layout, computed beside the page. */
export function placeInWorker(plan: Plan): Promise<Placed> {
  if (!worker) {
    worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<{ id: number; placed: Placed }>) => {
      waiting.get(event.data.id)?.(event.data.placed);
      waiting.delete(event.data.id);
    };
  }
  const id = (last += 1);
  return new Promise((done) => {
    waiting.set(id, done);
    worker?.postMessage({ id, plan });
  });
}
