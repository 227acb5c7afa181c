import { SMALL_BODY_BYTES } from './body-budget.ts';

/** Lets work on large bodies begin only while all that is being done has no more than so many bytes. */
export interface Turnstile {
  /** Small ones never wait. Of those that wait, the smallest is next: an honest array does not wait for huge ones. */
  pass<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/** What a body is parsed to takes many times the memory that its bytes take, so few may be worked on at once. */
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
