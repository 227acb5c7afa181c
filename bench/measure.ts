import type { Program } from './servers.ts';

/** One line of the table: two sides compared, or one side against a limit. */
export interface Finding {
  readonly what: string;
  /** The sides, each with its unit: `0.81 ms`. */
  readonly before: string;
  readonly after: string;
  /** The subject of the goal: a ratio of the sides, or a separate value. Absent if the line only informs. */
  readonly result?: number;
  readonly goal?: Goal;
}

interface Goal {
  readonly min?: number;
  readonly max?: number;
}

/** What every measure gets. */
export interface Run {
  /** An empty directory for the measure. */
  readonly folder: string;
  /** Smaller sizes, for a quick look between two edits. Its figures prove nothing. */
  readonly quick: boolean;
  /** Says what is happening. */
  readonly note: (text: string) => void;
  /** The server at an earlier commit, built once per run. Undefined if the Git history lacks that commit. */
  readonly baseline: () => Promise<Program | undefined>;
}

export type Measure = (run: Run) => Promise<Finding[]>;

export function isReached(finding: Finding): boolean | undefined {
  const { result, goal } = finding;
  if (result === undefined || goal === undefined) return undefined;
  return result <= (goal.max ?? Number.POSITIVE_INFINITY) && result >= (goal.min ?? Number.NEGATIVE_INFINITY);
}

/** Rounds that do not count, until the code is compiled and the caches are filled. */
export const WARM_UP_ROUNDS = 5;

/** Milliseconds that a piece of work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * The median time of each of two pieces of work, by turns, so that other load on the machine slows down both. Each gets
 * the number of the round, from 0 to `WARM_UP_ROUNDS + rounds - 1`. `before` runs before each round, untimed.
 */
export async function inTurns(
  rounds: number,
  a: (round: number) => Promise<unknown>,
  b: (round: number) => Promise<unknown>,
  before: (round: number) => Promise<unknown> = async () => undefined,
): Promise<{ a: number; b: number; ratio: number }> {
  const times = { a: [] as number[], b: [] as number[] };
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    await before(round);
    const sides = [
      { times: times.a, work: a },
      { times: times.b, work: b },
    ];
    // The order also changes: the second one often has a small advantage.
    if (round % 2 === 1) sides.reverse();
    for (const side of sides) {
      const ms = await timed(() => side.work(round));
      if (round >= WARM_UP_ROUNDS) side.times.push(ms);
    }
  }
  const [aMs, bMs] = [median(times.a), median(times.b)];
  return { a: aMs, b: bMs, ratio: bMs / aMs };
}

/** The value below which that share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
