import { setImmediate } from 'node:timers/promises';
import type { Pause } from '../../src/jobs/schedule.ts';

/** Pauses that take no time: each lasts until the test or the signal ends it. */
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

  /** Resolves once everything has run until its next pause. */
  async begun(): Promise<void> {
    await setImmediate();
  }

  /** Ends the oldest one. When this resolves, the code after it has run as far as it can. */
  async end(): Promise<void> {
    await this.begun();
    const oldest = this.#waiting.shift();
    if (oldest === undefined) throw new Error('Nothing waits for the end of a pause.');
    oldest.end();
    await this.begun();
  }
}
