/** Repeatable random numbers: the same seed gives the same numbers on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An independent generator, so that the draws of one part of the fleet do not change those of another. */
  fork(): Random {
    return new Random(this.#next32());
  }

  /** From `min` up to, but not including, `max`. */
  between(min: number, max: number): number {
    return min + (max - min) * (this.#next32() / 2 ** 32);
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.whole(0, values.length - 1)] ?? values[0];
  }

  /** The time until the next of many independent events. */
  wait(meanMs: number): number {
    return -meanMs * Math.log(1 - this.between(0, 1));
  }

  /** Lower-case hexadecimal digits. */
  hex(length: number): string {
    return Array.from({ length }, () => this.whole(0, 15).toString(16)).join('');
  }

  // mulberry32, by Tommy Ettinger (public domain): 32 bits of state are plenty for a picture of a fleet.
  #next32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
