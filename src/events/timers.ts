import { setImmediate } from 'node:timers/promises';

/** The timers that the tail needs; tests bring their own. */
export interface Timers {
  /** Calls back at an interval without keeping the process alive. Returns a function that stops it. */
  every(ms: number, callback: () => void): () => void;
  /** Resolves in a later turn of the event loop, after waiting I/O. */
  turn(): Promise<void>;
}

/**
 * Makes a function that resolves in a turn of the event loop of its own. Otherwise all who wait for the next turn get
 * the same one, and block everybody else for as long as they take together.
 */
export function turnsApart({ turn }: Pick<Timers, 'turn'>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(turn);
    return last;
  };
}

export const nodeTimers: Timers = {
  every(ms, callback) {
    const timer = setInterval(callback, ms).unref();
    return () => clearInterval(timer);
  },
  turn: () => setImmediate(),
};
