// One requestAnimationFrame loop for the whole page: whoever has something new to draw asks for the next frame, and
// nothing runs while nothing changed.

const waiting = new Set<() => void>();
let asked = false;

function frame(): void {
  asked = false;
  const jobs = [...waiting];
  waiting.clear();
  for (const job of jobs) job();
}

/** Runs `job` in the next frame, once, however often it is asked for until then. */
export function draw(job: () => void): void {
  waiting.add(job);
  if (!asked) {
    asked = true;
    requestAnimationFrame(frame);
  }
}

/** Takes `job` back. */
export function forget(job: () => void): void {
  waiting.delete(job);
}
