/** How many tokens that are not good an address may try in a minute before it is told to wait. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Of how many addresses failures are remembered; the longest known is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** Counts the attempts of each address that failed. */
export interface FailedAttempts {
  /** For how many seconds the address has to wait; undefined where it may try. */
  waitS(address: string): number | undefined;
  count(address: string): void;
}

export function countFailedAttempts({ clock }: { clock: () => number }): FailedAttempts {
  // In the order in which their windows began.
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
