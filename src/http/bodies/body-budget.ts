/** Bodies up to this size always have room. */
export const SMALL_BODY_BYTES = 64 * 1024;

/** All larger bodies together, on all connections. */
const MAX_BYTES = 64 * 1024 ** 2;

/** A body from its first byte until its request is answered. */
export interface BodyShare {
  /** Counts bytes that arrived or were inflated. */
  add(bytes: number): void;
  /** The body has arrived, so it can no longer be given up. */
  arrived(): void;
  /** The bytes are no longer needed. */
  release(): void;
  /** Whether the body was given up to make room. */
  readonly isGivenUp: boolean;
}

/**
 * Counts the bytes of bodies from their arrival until they are answered. If all together exceed the limit, it gives up
 * the slowest of those that are still arriving. Small bodies do not count, so nobody can take their room.
 */
export interface BodyBudget {
  /** `giveUp` must end the reading of the body. */
  open(giveUp: () => void): BodyShare;
  /** The bytes that count at the moment. */
  readonly bytes: number;
}

export function createBodyBudget({
  maxBytes = MAX_BYTES,
  now = () => performance.now(),
}: {
  maxBytes?: number;
  now?: () => number;
} = {}): BodyBudget {
  const arriving = new Set<Share>();
  let held = 0;

  function makeRoom(): void {
    while (held > maxBytes) {
      const slowest = slowestOf(arriving, now());
      if (slowest === undefined) return;
      slowest.isGivenUp = true;
      slowest.release();
      slowest.giveUp();
    }
  }

  class Share implements BodyShare {
    readonly giveUp: () => void;
    readonly since = now();
    bytes = 0;
    isGivenUp = false;

    constructor(giveUp: () => void) {
      this.giveUp = giveUp;
    }

    get counted(): number {
      return this.bytes > SMALL_BODY_BYTES ? this.bytes : 0;
    }

    add(bytes: number): void {
      const before = this.counted;
      this.bytes += bytes;
      held += this.counted - before;
      if (this.counted === 0) return;
      if (before === 0) arriving.add(this);
      makeRoom();
    }

    arrived(): void {
      arriving.delete(this);
    }

    release(): void {
      arriving.delete(this);
      held -= this.counted;
      this.bytes = 0;
    }
  }

  return {
    open: (giveUp) => new Share(giveUp),
    get bytes() {
      return held;
    },
  };
}

function slowestOf<S extends { readonly bytes: number; readonly since: number }>(
  shares: Iterable<S>,
  now: number,
): S | undefined {
  let slowest: S | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const share of shares) {
    const rate = share.bytes / Math.max(now - share.since, 1);
    if (rate >= lowest) continue;
    lowest = rate;
    slowest = share;
  }
  return slowest;
}
