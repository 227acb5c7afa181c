import type Sqlite from 'better-sqlite3';
import type { Range } from '../../domain/instant.ts';
import type { ReportPage, ReportPosition, ReportQuery, TargetFilter } from '../../domain/questions/reader.ts';
import type { Report } from '../../domain/report.ts';
import { ReadBudget } from '../read-budget.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { REPORT_COLUMNS, type ReportRow, toReport } from './rows.ts';
import type { BetweenSlices } from './slices.ts';
import { type FilterParams, filterParams, shownBy } from './target-filter.ts';

/** The length of the first slice of a page; each further one is twice as long. */
const FIRST_SLICE_MS = 15 * 60_000;

/** The columns that identify reports and sort them. */
interface Key {
  readonly targetId: number;
  readonly checkedAt: number;
  readonly receivedLagMs: number;
}

interface SliceParams extends FilterParams, Range {
  readonly syncStatuses: string;
  readonly commits: string;
  readonly afterCheckedAt: number;
  readonly afterTargetId: number;
  readonly afterLagMs: number;
  readonly limit: number;
}

/**
 * A page of reports over many targets, newest first. The table is clustered by target, so the query searches back in
 * growing slices of time, each one range of the key per target, until the page is full. It reads about as many rows
 * as it returns, however long the range is.
 */
export function reportPage(
  db: Database,
  filter: TargetFilter,
  query: ReportQuery & { readonly betweenSlices: BetweenSlices },
): ReportPage {
  // One transaction, so that all slices see the same snapshot.
  return db.$client.transaction(() => readPage(db.$client, filter, query))();
}

function readPage(
  client: Sqlite.Database,
  filter: TargetFilter,
  query: ReportQuery & { readonly betweenSlices: BetweenSlices },
): ReportPage {
  const { range, limit, after, syncStatuses, commits, betweenSlices } = query;
  const slice = prepared<[SliceParams], Key>(client, sliceOf(filter, query));
  const params = {
    ...filterParams(filter),
    syncStatuses: JSON.stringify(syncStatuses ?? []),
    commits: JSON.stringify(commits ?? []),
    afterCheckedAt: after?.checkedAt ?? 0,
    afterTargetId: after?.targetId ?? 0,
    afterLagMs: after === undefined ? 0 : after.receivedAt - after.checkedAt,
  };
  const keys: Key[] = [];
  const newest = prepared<[], { checkedAt: number | null }>(client, NEWEST).get()?.checkedAt ?? range.from;
  let to = Math.min(range.to, newest + 1, after === undefined ? range.to : after.checkedAt + 1);
  for (let length = FIRST_SLICE_MS; to > range.from && keys.length <= limit; length *= 2) {
    const from = Math.max(range.from, to - length);
    keys.push(...slice.all({ ...params, from, to, limit: limit + 1 - keys.length }));
    to = from;
    betweenSlices();
  }
  const page = keys.slice(0, limit);
  const last = page.at(-1);
  const next = keys.length > limit && last !== undefined ? positionOf(last) : undefined;
  return { reports: readReports(client, page, betweenSlices), next };
}

/** One by one, so that it stops if they are too much for one answer. */
function readReports(client: Sqlite.Database, keys: readonly Key[], betweenSlices: BetweenSlices): Report[] {
  const byKey = prepared<[Key], ReportRow>(client, REPORT);
  const budget = new ReadBudget();
  return keys.flatMap((key) => {
    const row = byKey.get(key);
    if (row === undefined) return [];
    betweenSlices();
    budget.take(1, row.files.length + row.extra.length);
    return [toReport(row)];
  });
}

/** By the key of `report`, and the keys of the rows that it refers to. */
const REPORT = `
  SELECT ${REPORT_COLUMNS}
  FROM report r
  CROSS JOIN target t ON t.id = r.target_id
  CROSS JOIN finding f ON f.id = r.finding_id
  CROSS JOIN source c ON c.id = r.source_id
  WHERE r.target_id = :targetId AND r.checked_at = :checkedAt AND r.received_lag_ms = :receivedLagMs`;

/**
 * Reads a row of each target. Slices start at this instant: if they started in the far future they would soon be too
 * long.
 */
const NEWEST = 'SELECT max(checked_at) AS checkedAt FROM target_status';

/**
 * A range of the key of `report` for each target. CROSS keeps `target` as the outer loop; otherwise all reports would
 * be scanned.
 */
const sliceOf = (filter: TargetFilter, { after, syncStatuses, commits }: ReportQuery) => `
  SELECT t.id AS targetId, r.checked_at AS checkedAt, r.received_lag_ms AS receivedLagMs
  FROM target t
  CROSS JOIN report r ON r.target_id = t.id
  CROSS JOIN finding f ON f.id = r.finding_id
  ${commits === undefined ? '' : 'CROSS JOIN source c ON c.id = r.source_id'}
  WHERE ${shownBy(filter)} AND r.checked_at >= :from AND r.checked_at < :to
    ${syncStatuses === undefined ? '' : 'AND f.sync_status IN (SELECT value FROM json_each(:syncStatuses))'}
    ${commits === undefined ? '' : 'AND c."commit" IN (SELECT value FROM json_each(:commits))'}
    ${after === undefined ? '' : `AND (r.checked_at, t.id, r.received_lag_ms) < (:afterCheckedAt, :afterTargetId, :afterLagMs)`}
  ORDER BY r.checked_at DESC, t.id DESC, r.received_lag_ms DESC
  LIMIT :limit`;

function positionOf({ checkedAt, targetId, receivedLagMs }: Key): ReportPosition {
  return { checkedAt, targetId, receivedAt: checkedAt + receivedLagMs };
}
