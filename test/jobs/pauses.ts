import { setImmediate } from 'node:timers/promises';
import type { Pause } from '../../src/jobs/schedule.ts';

/** Pauses that take no time: each lasts until the test ends it, or the signal does. */
export class Pauses {
  readonly #waiting: { ms: number; end: () => void }[] = [];

  readonly pause: Pause = (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      this.#waiting.push({ ms, end: resolve });
      signal.addEventListener('abort', () => resolve(), { once: true });
    });

  get waiting(): number[] {
    return this.#waiting.map(({ ms }) => ms);
  }

  /** Resolves once everything has gone on until its next pause. */
  async begun(): Promise<void> {
    await setImmediate();
  }

  /** Ends the oldest one; whatever it held up has gone on as far as it can when this resolves. */
  async end(): Promise<void> {
    await this.begun();
    const oldest = this.#waiting.shift();
    if (oldest === undefined) throw new Error('Nothing waits for the end of a pause.');
    oldest.end();
    await this.begun();
  }
}
