/** How many wrong tokens an address may send in a minute before it has to wait for a minute. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** How many addresses are counted, and how many may have to wait at the same time. */
const MAX_ADDRESSES = 10_000;
/** Stands for all addresses that have to wait and found no place. */
const ALL_OTHERS = 'all others';

/** Counts the failed attempts of each address, in bounded memory. */
export interface FailedAttempts {
  /** How many seconds the address has to wait; undefined if it need not wait. */
  waitS(address: string): number | undefined;
  count(address: string): void;
  /** How many addresses are remembered. */
  readonly size: number;
}

interface Window {
  readonly since: number;
  failures: number;
}

/**
 * An address is remembered until its wait is over: sending from many other addresses does not end a wait. If as many
 * wait as are remembered, all others are counted as one, and wait together.
 */
export function countFailedAttempts({ clock }: { clock: () => number }): FailedAttempts {
  // Both are in the order of their start.
  const counted = new Map<string, Window>();
  const waiting = new Map<string, Window>();

  const isOver = ({ since }: Window) => {
    const ageMs = clock() - since;
    return ageMs < 0 || ageMs >= WINDOW_MS;
  };
  const current = (windows: ReadonlyMap<string, Window>, address: string) => {
    const window = windows.get(address);
    return window === undefined || isOver(window) ? undefined : window;
  };
  const dropEnded = (windows: Map<string, Window>) => {
    for (const [address, window] of windows) {
      if (!isOver(window)) return;
      windows.delete(address);
    }
  };
  const hasRoom = () => {
    dropEnded(waiting);
    return waiting.size < MAX_ADDRESSES;
  };
  const begin = (address: string) => {
    dropEnded(counted);
    counted.delete(address);
    const [oldest] = counted.keys();
    if (counted.size >= MAX_ADDRESSES && oldest !== undefined) counted.delete(oldest);
    const window = { since: clock(), failures: 0 };
    counted.set(address, window);
    return window;
  };
  const letWait = (address: string) => {
    counted.delete(address);
    waiting.delete(address);
    waiting.set(address, { since: clock(), failures: MAX_FAILURES });
  };

  return {
    waitS(address) {
      const window = current(waiting, address) ?? (hasRoom() ? undefined : current(waiting, ALL_OTHERS));
      return window && Math.ceil((window.since + WINDOW_MS - clock()) / 1000);
    },
    count(address) {
      const key = hasRoom() ? address : ALL_OTHERS;
      // Attempts that arrived together were all let in before the first was counted.
      if (current(waiting, key) !== undefined) return;
      const window = current(counted, key) ?? begin(key);
      window.failures++;
      if (window.failures >= MAX_FAILURES) letWait(key);
    },
    get size() {
      return counted.size + waiting.size;
    },
  };
}
