/** How many wrong tokens an address may send in a minute before it has to wait. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** How many addresses are remembered; the oldest is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** Counts the failed attempts of each address. */
export interface FailedAttempts {
  /** How many seconds the address has to wait; undefined where it need not. */
  waitS(address: string): number | undefined;
  count(address: string): void;
}

export function countFailedAttempts({ clock }: { clock: () => number }): FailedAttempts {
  // In the order of their start.
  const windows = new Map<string, { readonly since: number; failures: number }>();

  const current = (address: string) => {
    const window = windows.get(address);
    const ageMs = window === undefined ? Number.NaN : clock() - window.since;
    return ageMs >= 0 && ageMs < WINDOW_MS ? window : undefined;
  };

  return {
    waitS(address) {
      const window = current(address);
      if (window === undefined || window.failures < MAX_FAILURES) return undefined;
      return Math.ceil((window.since + WINDOW_MS - clock()) / 1000);
    },
    count(address) {
      const window = current(address);
      if (window !== undefined) {
        window.failures++;
        return;
      }
      windows.delete(address);
      windows.set(address, { since: clock(), failures: 1 });
      const [oldest] = windows.keys();
      if (windows.size > MAX_ADDRESSES && oldest !== undefined) windows.delete(oldest);
    },
  };
}
