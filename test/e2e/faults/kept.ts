import { expect } from 'vitest';
import { canonicalFinding } from '../../../src/domain/finding.ts';
import { type FoldedReport, foldHistory } from '../../../src/domain/history.ts';
import type { ReportPosition, TargetFilter } from '../../../src/domain/questions/reader.ts';
import type { Report } from '../../../src/domain/report.ts';
import type { Target } from '../../../src/domain/target.ts';
import { findDamage } from '../../../src/store/sqlite/damage.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { withoutFindingId } from '../../store/harness.ts';
import { ServerProcess } from '../server-process.ts';
import type { Load } from './load.ts';

const PAGE = 5000;
/** A check may have ended before 1970, by a clock that was never set. */
const ALL_TIME = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

/** Every report that a load had acknowledged is there once; what was not, at most once; and nothing else. */
export async function expectExactlyOnce(
  server: ServerProcess,
  repo: string,
  load: Pick<Load, 'acknowledged' | 'sent'>,
): Promise<void> {
  const times = new Map<number, number>();
  for (const serial of await storedSerials(server, repo)) times.set(serial, (times.get(serial) ?? 0) + 1);
  const sent = load.sent;
  expect({
    missing: [...load.acknowledged].filter((serial) => !times.has(serial)),
    doubled: [...times].filter(([, count]) => count > 1),
    invented: [...times.keys()].filter((serial) => !sent.has(serial)),
  }).toEqual({ missing: [], doubled: [], invented: [] });
}

/** Kills the server and starts it again on the same file: what it acknowledged is there. The new one is the caller's. */
export async function expectKept(
  server: ServerProcess,
  { path, load }: { path: string; load: Load },
): Promise<ServerProcess> {
  await server.stop('SIGKILL');
  const next = await ServerProcess.start(path);
  try {
    await expectExactlyOnce(next, 'fleet', load);
    await expectSound(path);
    return next;
  } catch (error) {
    await next.stop('SIGKILL');
    throw error;
  }
}

async function storedSerials(server: ServerProcess, repo: string): Promise<number[]> {
  const serials: number[] = [];
  let cursor = '';
  do {
    const query = new URLSearchParams({ repo, limit: String(PAGE), cursor });
    const page = (await server.json(`/api/v1/reports?${query}`)) as {
      rows: { serial: number }[];
      next_cursor: string | null;
    };
    serials.push(...page.rows.map(({ serial }) => serial));
    cursor = page.next_cursor ?? '';
  } while (cursor !== '');
  return serials;
}

/** The file is whole, and its periods and incidents are what its reports add up to. Looked at from another process. */
export async function expectSound(path: string): Promise<void> {
  expectIntact(path);
  const store = openSqliteStore({ path, version: 'test', clock: Date.now });
  try {
    await expectFolded(store);
  } finally {
    await store.close();
  }
}

export function expectIntact(path: string): void {
  expect(findDamage(path)).toEqual([]);
}

/** Periods and incidents equal the fold over the reports. */
export async function expectFolded(store: Store, filter: TargetFilter = {}): Promise<void> {
  const reports = await allReports(store, filter);
  const incidents = await store.incidents(filter, ALL_TIME);
  // A target that is expected and never reported has none.
  const reported = (await store.periods(filter, ALL_TIME)).filter(({ periods }) => periods.length > 0);
  const stored = reported.map(({ target, periods }) => ({
    target,
    periods: periods.map(withoutFindingId),
    incidents: incidents
      .filter((incident) => keyOf(incident.target) === keyOf(target))
      .map(({ id: _, target: __, ...incident }) => incident)
      .sort((a, b) => a.openedAt - b.openedAt || a.receivedAt - b.receivedAt),
  }));
  const folded = stored.map(({ target }) => {
    const { periods, incidents } = foldHistory((reports.get(keyOf(target)) ?? []).map(toFolded));
    return { target, periods: periods.map(withoutFindingId), incidents };
  });
  expect(stored).toEqual(folded);
  expect(stored.map(({ target }) => keyOf(target)).sort()).toEqual([...reports.keys()].sort());
}

async function allReports(store: Store, filter: TargetFilter): Promise<Map<string, Report[]>> {
  const byTarget = new Map<string, Report[]>();
  let after: ReportPosition | undefined;
  do {
    const page = await store.reports(filter, { range: ALL_TIME, limit: PAGE, after });
    for (const report of page.reports) {
      const known = byTarget.get(keyOf(report.target)) ?? [];
      byTarget.set(keyOf(report.target), known);
      known.push(report);
    }
    after = page.next;
  } while (after !== undefined);
  return byTarget;
}

const ids = new Map<string, number>();

/** The fold only asks whether two findings are the same. */
function toFolded(report: Report): FoldedReport {
  const content = canonicalFinding(report.finding);
  const id = ids.get(content) ?? ids.size;
  ids.set(content, id);
  return { ...report, staleAt: report.checkedAt + report.staleAfterMs, finding: { ...report.finding, id } };
}

function keyOf({ repo, server }: Target): string {
  return `${repo} ${server}`;
}
