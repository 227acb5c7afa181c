import { type StateMs, type StateTimes, sumTimes } from '../../domain/questions/state-times.ts';
import { STATES } from '../../domain/state.ts';
import type { TimeColumn, TimeColumns } from '../views/fleet-view.ts';

const HOUR = 3_600_000;
const DAY_H = 24;
const DAYS = 30;
/** A share that is usually small is not visible on a scale to 100 %. */
const TOPS = [0.2, 0.5];

/** By hour, so that it can be shown by hours and by days. */
export const TIMES_ASKED = { spanMs: DAYS * DAY_H * HOUR, slices: DAYS * DAY_H };

interface Look {
  readonly words: string;
  readonly hours: number;
  /** How many hours one column has. */
  readonly width: number;
}

const MONTH: Look = { words: '30 days', hours: DAYS * DAY_H, width: DAY_H };
/** For a fleet without older history. */
const YOUNG: readonly Look[] = [
  { words: '24 hours', hours: DAY_H, width: 1 },
  { words: '3 days', hours: 3 * DAY_H, width: 1 },
];

/** The columns of the picture: by day, or by hour if nothing is older than a few days. */
export function columnsOf({ range, slices }: StateTimes): TimeColumns {
  const isOlder = ({ hours }: Look) => trackedMs(sumTimes(slices.slice(0, -hours))) > 0;
  const { words, hours, width } = YOUNG.find((look) => !isOlder(look)) ?? MONTH;
  const shown = slices.slice(-hours);
  const from = range.to - hours * HOUR;
  const columns = Array.from({ length: shown.length / width }, (_, i): TimeColumn => {
    const ms = sumTimes(shown.slice(i * width, (i + 1) * width));
    return { from: from + i * width * HOUR, to: from + (i + 1) * width * HOUR, shares: sharesOf(ms) };
  });
  const worst = Math.max(...columns.map(({ shares }) => (shares === undefined ? 0 : 1 - shares.SYNCED)));
  return {
    range: { from, to: range.to },
    words,
    columns,
    top: TOPS.find((top) => worst <= top) ?? 1,
    ...ratiosOf(sumTimes(shown)),
  };
}

/** The share of SYNCED in the time when the state was known, and the share of that time. */
export function ratiosOf(ms: StateMs): Pick<TimeColumns, 'inSyncRatio' | 'coverage'> {
  const known = ms.SYNCED + ms.OUT_OF_SYNC;
  return {
    inSyncRatio: known === 0 ? undefined : ms.SYNCED / known,
    coverage: trackedMs(ms) === 0 ? undefined : known / trackedMs(ms),
  };
}

function sharesOf(ms: StateMs): TimeColumn['shares'] {
  const all = trackedMs(ms);
  if (all === 0) return undefined;
  return {
    SYNCED: ms.SYNCED / all,
    OUT_OF_SYNC: ms.OUT_OF_SYNC / all,
    UNKNOWN: ms.UNKNOWN / all,
    STALE: ms.STALE / all,
  };
}

function trackedMs(ms: StateMs): number {
  return STATES.reduce((sum, state) => sum + ms[state], 0);
}
