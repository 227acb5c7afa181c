/** How long the result of a probe counts, including a failure. */
const REMEMBERED_MS = 1000;

interface Probed {
  readonly outcome: Promise<void>;
  /** Undefined while it runs. */
  endedAt: number | undefined;
}

/**
 * Shares one probe among all who ask: each is a real write, and a client may ask as often as it likes. Those who ask
 * while one runs share it, and for a second all others get its result.
 */
export function sharedProbe(
  probe: () => Promise<void>,
  { clock }: { clock: () => number },
): () => Promise<void> {
  let last: Probed | undefined;

  const isRecent = ({ endedAt }: Probed) => {
    if (endedAt === undefined) return true;
    // If the clock was turned back, the age of the result is not known.
    const ageMs = clock() - endedAt;
    return ageMs >= 0 && ageMs < REMEMBERED_MS;
  };

  const begin = (): Probed => {
    const begun: Probed = { outcome: probe(), endedAt: undefined };
    const ended = () => {
      begun.endedAt = clock();
    };
    begun.outcome.then(ended, ended);
    return begun;
  };

  return () => {
    if (last === undefined || !isRecent(last)) last = begin();
    return last.outcome;
  };
}
