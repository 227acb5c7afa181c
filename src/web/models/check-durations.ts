import { median } from '../../domain/questions/compliance.ts';

/** How long the checks took: a small trend. */
export interface CheckDurations {
  /** In order of time, in percent of the longest. */
  readonly bars: readonly {
    readonly x: number;
    readonly width: number;
    readonly height: number;
    readonly ms: number;
  }[];
  readonly latestMs: number;
  readonly medianMs: number;
  readonly longestMs: number;
}

/** `durations`, newest first, without reports that have none. Undefined if fewer than two have one. */
export function checkDurationsOf(durations: readonly (number | undefined)[]): CheckDurations | undefined {
  const known = durations.filter((ms) => ms !== undefined).reverse();
  const latestMs = known.at(-1);
  if (latestMs === undefined || known.length < 2) return undefined;
  const longestMs = Math.max(...known);
  const width = 100 / known.length;
  return {
    bars: known.map((ms, i) => ({
      x: i * width,
      width: width * 0.7,
      height: longestMs === 0 ? 0 : (ms / longestMs) * 100,
      ms,
    })),
    latestMs,
    medianMs: median(known) ?? latestMs,
    longestMs,
  };
}
