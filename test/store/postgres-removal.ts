import type { Report } from '../../src/domain/report.ts';
import { createReading, type LongSnapshot } from '../../src/store/postgres/reading.ts';
import { everyReport } from '../../src/store/postgres/report-export.ts';
import type { Servers } from '../../src/store/postgres/servers.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, HOUR, NOON, recordAll } from '../fixtures.ts';

/** A partition that the third pass of pruning removes. */
export const OLD_WEEK = 'chunk_2026_04_16_to_2026_04_23';
const HORIZON = NOON + 4 * DAY;
export const AFTER_THEM = NOON + 12 * DAY;

/** Each with another commit, so that no two share a chunk. */
const at = (lastCheckAt: number, traits = {}) =>
  aReport({ lastCheckAt, commit: `${lastCheckAt}`, ...traits });

/** Reports of the old week and later. `silent` has none between that week and the last day. */
export async function recordTwelveDays(store: Store): Promise<void> {
  const days = Array.from({ length: 12 }, (_, day) => at(NOON + day * DAY));
  const silent = [0, HOUR, 11 * DAY].map((after) => at(NOON + after, { server: 'silent' }));
  await recordAll(store, [...days, ...silent]);
}

export async function passes(store: Store, count: number): Promise<void> {
  const horizons = { reportsBefore: HORIZON, historyBefore: 0, eventsBefore: 0, actionsBefore: 0 };
  for (let pass = 0; pass < count; pass++) for await (const _ of store.prune(horizons, 0));
}

/** An export, after whose first statement something happens: that statement has begun what the export sees. */
export function exportedWhile(servers: Servers, happen: () => Promise<void>): Promise<Report[]> {
  let statements = 0;
  return exportedThrough(servers, async (run) => {
    if (++statements === 2) await happen();
    return run();
  });
}

type Around = <R>(run: () => Promise<R[]>) => Promise<R[]>;

/** An export with something around each of its statements. */
export async function exportedThrough(servers: Servers, around: Around): Promise<Report[]> {
  const reading = createReading(servers, { connections: 1 });
  const longSnapshot = async (): Promise<LongSnapshot> => {
    const { session, end } = await reading.longSnapshot();
    return { end, session: { all: (statement, params) => around(() => session.all(statement, params)) } };
  };
  try {
    const seen: Report[] = [];
    for await (const report of everyReport({ longSnapshot }, {})) seen.push(report);
    return seen;
  } finally {
    await reading.close();
  }
}
