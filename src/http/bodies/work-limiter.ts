import { SMALL_BODY_BYTES } from './body-budget.ts';

/** Bounds the work on large bodies: it begins only if all bodies in work have fewer bytes than a limit. */
export interface WorkLimiter {
  /** Small ones never wait. The smallest that waits is next, so an honest array does not wait for huge ones. */
  run<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly bytes: number;
  readonly start: () => void;
}

/** A parsed body takes many times the memory of its bytes, so few may be worked on at once. */
export function createWorkLimiter(maxBytes: number): WorkLimiter {
  const waiting: Waiting[] = [];
  let running = 0;

  function admit(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (running > 0 && running + next.bytes > maxBytes) return;
      waiting.shift();
      running += next.bytes;
      next.start();
    }
  }

  function started(bytes: number): Promise<void> {
    return new Promise((start) => {
      const place = waiting.findIndex((other) => other.bytes > bytes);
      waiting.splice(place < 0 ? waiting.length : place, 0, { bytes, start });
      admit();
    });
  }

  async function runLarge<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    await started(bytes);
    try {
      return await work();
    } finally {
      running -= bytes;
      admit();
    }
  }

  return { run: (bytes, work) => (bytes <= SMALL_BODY_BYTES ? work() : runLarge(bytes, work)) };
}
