import type { Range } from '../../domain/instant.ts';
import type { ReportPage, ReportPosition, ReportQuery, TargetFilter } from '../../domain/questions/reader.ts';
import type { Report } from '../../domain/report.ts';
import { ReadBudget } from '../read-budget.ts';
import { REPORT_COLUMNS, type ReportRow, toReport } from './report-rows.ts';
import { one, type Session } from './session.ts';
import type { BetweenSlices } from './slices.ts';
import { cachedStatement, statement } from './statement.ts';
import { type FilterParams, filterParams, shownBy } from './target-filter.ts';

/** The length of the first slice of a page; each further one is twice as long. */
const FIRST_SLICE_MS = 15 * 60_000;

/** How many reports are read at once: each may have many files. */
const AT_ONCE = 100;

interface SliceParams extends FilterParams, Range {
  readonly syncStatuses: readonly string[];
  readonly commits: readonly string[];
  readonly afterCheckedAt: number;
  readonly afterTargetId: number;
  readonly afterReceivedAt: number;
  readonly limit: number;
}

/** Reads a row of each target. Slices start at this instant: from an end in the far future they would soon be too long. */
const NEWEST = statement<object, { checkedAt: number | null }>(
  'SELECT max(checked_at) AS "checkedAt" FROM target_status',
);

/** A range of the key of `report` for each target. */
const sliceOf = (filter: TargetFilter, { after, syncStatuses, commits }: ReportQuery) => `
  SELECT t.id AS "targetId", r.checked_at AS "checkedAt", r.received_at AS "receivedAt"
  FROM target t
  CROSS JOIN LATERAL (
    SELECT * FROM report WHERE report.target_id = t.id AND report.checked_at >= :from AND report.checked_at < :to OFFSET 0) AS r
  JOIN finding f ON f.id = r.finding_id
  ${commits === undefined ? '' : 'JOIN source c ON c.id = r.source_id'}
  WHERE ${shownBy(filter)}
    ${syncStatuses === undefined ? '' : 'AND f.sync_status = ANY (:syncStatuses::text[])'}
    ${commits === undefined ? '' : 'AND c."commit" = ANY (:commits::text[])'}
    ${after === undefined ? '' : 'AND (r.checked_at, t.id, r.received_at) < (:afterCheckedAt::bigint, :afterTargetId::bigint, :afterReceivedAt::bigint)'}
  ORDER BY r.checked_at DESC, t.id DESC, r.received_at DESC
  LIMIT :limit`;

interface Keys {
  readonly targetIds: readonly number[];
  readonly checkedAts: readonly number[];
  readonly receivedAts: readonly number[];
}

/** By the key of `report`, and those of what it refers to. */
const REPORTS = statement<Keys, ReportRow>(`
  SELECT ${REPORT_COLUMNS}
  FROM unnest(:targetIds::bigint[], :checkedAts::bigint[], :receivedAts::bigint[])
    WITH ORDINALITY AS w(target_id, checked_at, received_at, place)
  JOIN report r ON r.target_id = w.target_id AND r.checked_at = w.checked_at AND r.received_at = w.received_at
  JOIN target t ON t.id = r.target_id
  JOIN finding f ON f.id = r.finding_id
  JOIN source c ON c.id = r.source_id
  ORDER BY w.place`);

/**
 * A page of reports over many targets, newest first. The key of `report` begins with the target, so the query searches
 * back in growing slices of time, each one range of the key per target, until the page is full. It reads about as many
 * rows as it returns, however long the range is.
 */
export async function reportPage(
  session: Session,
  filter: TargetFilter,
  query: ReportQuery & { readonly betweenSlices: BetweenSlices },
): Promise<ReportPage> {
  const { range, limit, after, syncStatuses, commits, betweenSlices } = query;
  const slice = cachedStatement<SliceParams, ReportPosition>(sliceOf(filter, query));
  const params = {
    ...filterParams(filter),
    syncStatuses: syncStatuses ?? [],
    commits: commits ?? [],
    afterCheckedAt: after?.checkedAt ?? 0,
    afterTargetId: after?.targetId ?? 0,
    afterReceivedAt: after?.receivedAt ?? 0,
  };
  const keys: ReportPosition[] = [];
  const newest = (await one(session, NEWEST, {})).checkedAt ?? range.from;
  let to = Math.min(range.to, newest + 1, after === undefined ? range.to : after.checkedAt + 1);
  for (let length = FIRST_SLICE_MS; to > range.from && keys.length <= limit; length *= 2) {
    const from = Math.max(range.from, to - length);
    keys.push(...(await session.all(slice, { ...params, from, to, limit: limit + 1 - keys.length })));
    to = from;
    betweenSlices();
  }
  const page = keys.slice(0, limit);
  const last = page.at(-1);
  return {
    reports: await readReports(session, page, betweenSlices),
    next: keys.length > limit && last !== undefined ? { ...last } : undefined,
  };
}

/** A few at once, so that it stops where they are too much for one answer. */
async function readReports(
  session: Session,
  keys: readonly ReportPosition[],
  betweenSlices: BetweenSlices,
): Promise<Report[]> {
  const budget = new ReadBudget();
  const reports: Report[] = [];
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    betweenSlices();
    const some = keys.slice(start, start + AT_ONCE);
    const rows = await session.all(REPORTS, {
      targetIds: some.map(({ targetId }) => targetId),
      checkedAts: some.map(({ checkedAt }) => checkedAt),
      receivedAts: some.map(({ receivedAt }) => receivedAt),
    });
    for (const row of rows) {
      budget.take(1, row.files.length + row.extra.length);
      reports.push(toReport(row));
    }
  }
  return reports;
}
