import { SMALL_BODY_BYTES } from './body-budget.ts';

/** Bounds the work on large bodies: it begins only if all bodies in work have fewer bytes than a limit. */
export interface Turnstile {
  /** Small ones never wait. The smallest that waits is next, so an honest array does not wait for huge ones. */
  pass<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/** A parsed body takes many times the memory of its bytes, so few may be worked on at once. */
export function createTurnstile(maxBytes: number): Turnstile {
  const waiting: Waiting[] = [];
  let inside = 0;

  function admit(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (inside > 0 && inside + next.bytes > maxBytes) return;
      waiting.shift();
      inside += next.bytes;
      next.enter();
    }
  }

  function entered(bytes: number): Promise<void> {
    return new Promise((enter) => {
      const place = waiting.findIndex((other) => other.bytes > bytes);
      waiting.splice(place < 0 ? waiting.length : place, 0, { bytes, enter });
      admit();
    });
  }

  async function passLarge<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    await entered(bytes);
    try {
      return await work();
    } finally {
      inside -= bytes;
      admit();
    }
  }

  return { pass: (bytes, work) => (bytes <= SMALL_BODY_BYTES ? work() : passLarge(bytes, work)) };
}
