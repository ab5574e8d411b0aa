/**
 * Lets one request of a kind run at a time and keeps only the newest that waits: a slider that moves a hundred times
 * a second asks as often as the server answers, and the last position always arrives.
 */
export function latest<A, R>(run: (ask: A) => Promise<R>, done: (answer: R, ask: A) => void, failed: (problem: unknown) => void): (ask: A) => void {
  let busy = false;
  let next: { ask: A } | null = null;
  const start = async (ask: A): Promise<void> => {
    busy = true;
    try {
      const answer = await run(ask);
      // An old answer is still the newest there is: shown while the next one is under way.
      done(answer, ask);
    } catch (problem) {
      if (!next) failed(problem);
    }
    busy = false;
    if (next) {
      const { ask } = next as { ask: A };
      next = null;
      void start(ask);
    }
  };
  return (ask) => {
    if (busy) next = { ask };
    else void start(ask);
  };
}

/** Runs `job` at most every `ms`, the last call always. */
export function atMost(ms: number, job: () => void): () => void {
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | null = null;
  return () => {
    if (timer !== null) return;
    const wait = last + ms - performance.now();
    const run = () => {
      timer = null;
      last = performance.now();
      job();
    };
    if (wait <= 0) run();
    else timer = setTimeout(run, wait);
  };
}
