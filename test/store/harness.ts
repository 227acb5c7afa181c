import { test } from 'vitest';
import type { TargetFilter } from '../../src/domain/questions/reader.ts';
import type { PostedReport, Report } from '../../src/domain/report.ts';
import type { Queries } from '../../src/store/queries.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY, NOON } from '../fixtures.ts';

/** A store under test that can be stopped and started again on the same data. */
export interface Harness {
  readonly store: Store;
  /** The store's present time, in epoch milliseconds. */
  setNow(now: number): void;
  restart(): Promise<Store>;
  dispose(): Promise<void>;
}

export interface StartStore {
  (): Promise<Harness>;
  /** Set if a server must create a database for each: properties then have fewer runs. */
  readonly isSlow?: boolean;
  /** If the newest reports are in the row of their target, and the others are removed a week at once, when all of it is over. */
  readonly packsReports?: boolean;
}

type Work = (store: Store, harness: Harness) => Promise<void>;

export const ALL_TIME = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** After everything that the fixtures report, unless a test says otherwise. */
export const LATER = NOON + 25 * DAY;

export async function withStore(start: StartStore, work: Work): Promise<void> {
  const harness = await start();
  try {
    harness.setNow(LATER);
    await work(harness.store, harness);
  } finally {
    await harness.dispose();
  }
}

/** A test with its own store. */
export function storeTest(start: StartStore) {
  return (sentence: string, work: Work) => test(sentence, () => withStore(start, work));
}

/** The whole history in the store, without the ids that it chose itself. */
export async function storedHistory(store: Pick<Queries, 'periods' | 'incidents'>) {
  const incidents = await store.incidents({}, ALL_TIME);
  return (await store.periods({}, ALL_TIME)).map(({ target, periods }) => ({
    server: target.server,
    periods: periods.map(withoutFindingId),
    incidents: incidents
      .filter((incident) => incident.target.server === target.server)
      .map(({ id: _, target: __, ...incident }) => incident)
      .sort((a, b) => a.openedAt - b.openedAt || a.receivedAt - b.receivedAt),
  }));
}

export function withoutFindingId<P extends { finding: { id: number } }>(period: P) {
  const { id: _, ...finding } = period.finding;
  return { ...period, finding };
}

export async function exported(
  store: Pick<Queries, 'everyReport'>,
  filter: TargetFilter = {},
): Promise<Report[]> {
  const reports: Report[] = [];
  for await (const report of store.everyReport(filter)) reports.push(report);
  return reports;
}

/** Reports that were recorded elsewhere, as an import has them. */
export function imported(reports: readonly Report[]): PostedReport[] {
  return reports.map((report) => ({ ...report, takesOver: false }));
}
