import { MAX_EXPECTED_INTERVAL_S } from '../../../domain/report.ts';
import type { Target } from '../../../domain/target.ts';
import type { Labels } from './grouping-key.ts';
import { refusedSample, type Sample, unreadable } from './sample.ts';

/** The gauge with which a push says after how many seconds the next one is due. */
export const INTERVAL_METRIC = 'gitops_expected_interval_seconds';

/** The intervals that a push states. */
interface StatedIntervals {
  /** In seconds: for the target, for its server or repo, or for the whole push; undefined if none is stated. */
  of(target: Target): number | undefined;
}

/** Throws `invalid` if one is no number of seconds that a report could state, or one is stated twice. */
export function intervalsIn(samples: readonly Sample[], groupingKey: Labels): StatedIntervals {
  const stated = new Map<string, number>();
  for (const sample of samples) {
    const { repo = '', server = '' } = { ...sample.labels, ...groupingKey };
    const key = keyOf(repo, server);
    if (stated.has(key)) throw unreadable(sample.place, `has ${INTERVAL_METRIC} a second time: send it once`);
    stated.set(key, secondsOf(sample));
  }
  return {
    of: ({ repo, server }) =>
      stated.get(keyOf(repo, server)) ??
      stated.get(keyOf('', server)) ??
      stated.get(keyOf(repo, '')) ??
      stated.get(keyOf('', '')),
  };
}

/** No name has a blank. */
function keyOf(repo: string, server: string): string {
  return `${repo} ${server}`;
}

function secondsOf(sample: Sample): number {
  const { value } = sample;
  if (Number.isInteger(value) && value >= 1 && value <= MAX_EXPECTED_INTERVAL_S) return value;
  throw refusedSample(
    sample,
    `has a value of ${INTERVAL_METRIC} that is not a whole number of seconds from 1 to ` +
      `${MAX_EXPECTED_INTERVAL_S} (31 days)`,
  );
}
