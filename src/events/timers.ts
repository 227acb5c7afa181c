import { setImmediate } from 'node:timers/promises';

/** The timers that the tail needs; tests bring their own. */
export interface Timers {
  /** Calls back at an interval without keeping the process alive. Returns a function that stops it. */
  every(ms: number, callback: () => void): () => void;
  /** Resolves in a later turn of the event loop, after waiting I/O. */
  turn(): Promise<void>;
}

export const nodeTimers: Timers = {
  every(ms, callback) {
    const timer = setInterval(callback, ms).unref();
    return () => clearInterval(timer);
  },
  turn: () => setImmediate(),
};
