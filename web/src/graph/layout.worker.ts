import { place } from "./layout";
import type { Plan } from "./layout";

self.onmessage = (event: MessageEvent<{ id: number; plan: Plan }>) => {
  self.postMessage({ id: event.data.id, placed: place(event.data.plan) });
};
