/** Wakes the one that waits. If nobody waits, the next wait ends at once. */
export class WakeSignal {
  #isWoken = false;
  #resume: (() => void) | undefined;

  wake(): void {
    this.#isWoken = true;
    this.#resume?.();
  }

  /** Resolves after `wake`, after a while, or when the signal is aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isWoken && !signal.aborted && ms > 0) {
      await new Promise<void>((resolve) => {
        const resume = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', resume);
          resolve();
        };
        const timer = setTimeout(resume, Math.min(ms, MAX_TIMER_MS));
        signal.addEventListener('abort', resume);
        this.#resume = resume;
      });
    }
    this.#resume = undefined;
    this.#isWoken = false;
  }
}

/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resolves after a while, or when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new WakeSignal().wait(ms, signal);
}
