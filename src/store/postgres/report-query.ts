import type { Range } from '../../domain/instant.ts';
import type { ReportPage, ReportPosition, ReportQuery, TargetFilter } from '../../domain/questions/reader.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import { ReadBudget } from '../read-budget.ts';
import { withContents } from './report-contents.ts';
import { CHECK_COLUMNS, type CheckRow, toReport } from './report-rows.ts';
import { ITS_CONTENT, reportsIn } from './report-source.ts';
import { one, type Session } from './session.ts';
import type { BetweenSlices } from './slices.ts';
import { cachedStatement, statement } from './statement.ts';
import { type FilterParams, filterParams, shownBy } from './target-filter.ts';

/** The length of the first slice of a page; each further one is twice as long. */
const FIRST_SLICE_MS = 15 * 60_000;

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

/** The part of a report that it does not share with others. */
interface FoundRow extends CheckRow, Target {
  readonly targetId: number;
}

/** Of each target what is packed around the slice. */
const sliceOf = (filter: TargetFilter, { after, syncStatuses, commits }: ReportQuery) => `
  SELECT t.id AS "targetId", t.repo, t.server, ${CHECK_COLUMNS}
  FROM target t
  CROSS JOIN ${reportsIn({ target: 't.id', from: ':from::bigint', to: ':to::bigint - 1' })}
  ${syncStatuses === undefined && commits === undefined ? '' : ITS_CONTENT}
  WHERE ${shownBy(filter)}
    ${syncStatuses === undefined ? '' : 'AND f.sync_status = ANY (:syncStatuses::text[])'}
    ${commits === undefined ? '' : 'AND c."commit" = ANY (:commits::text[])'}
    ${after === undefined ? '' : 'AND (r.checked_at, t.id, r.received_at) < (:afterCheckedAt::bigint, :afterTargetId::bigint, :afterReceivedAt::bigint)'}
  ORDER BY r.checked_at DESC, t.id DESC, r.received_at DESC
  LIMIT :limit`;

/**
 * A page of reports over many targets, newest first. The key of the chunks begins with the target, so the query searches
 * back in growing slices of time, each one range of the key per target, until the page is full. It reads about as many
 * rows as it returns, however long the range is.
 */
export async function reportPage(
  session: Session,
  filter: TargetFilter,
  query: ReportQuery & { readonly betweenSlices: BetweenSlices },
): Promise<ReportPage> {
  const { range, limit, after, syncStatuses, commits, betweenSlices } = query;
  const slice = cachedStatement<SliceParams, FoundRow>(sliceOf(filter, query));
  const params = {
    ...filterParams(filter),
    syncStatuses: syncStatuses ?? [],
    commits: commits ?? [],
    afterCheckedAt: after?.checkedAt ?? 0,
    afterTargetId: after?.targetId ?? 0,
    afterReceivedAt: after?.receivedAt ?? 0,
  };
  const found: FoundRow[] = [];
  const newest = (await one(session, NEWEST, {})).checkedAt ?? range.from;
  let to = Math.min(range.to, newest + 1, after === undefined ? range.to : after.checkedAt + 1);
  for (let length = FIRST_SLICE_MS; to > range.from && found.length <= limit; length *= 2) {
    const from = Math.max(range.from, to - length);
    found.push(...(await session.all(slice, { ...params, from, to, limit: limit + 1 - found.length })));
    to = from;
    betweenSlices();
  }
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    reports: await readReports(session, page, betweenSlices),
    next: found.length > limit && last !== undefined ? positionOf(last) : undefined,
  };
}

function positionOf({ targetId, checkedAt, receivedAt }: FoundRow): ReportPosition {
  return { targetId, checkedAt, receivedAt };
}

/** Some at a time, so that it stops if they are too much for one answer. */
async function readReports(
  session: Session,
  found: readonly FoundRow[],
  betweenSlices: BetweenSlices,
): Promise<Report[]> {
  const budget = new ReadBudget();
  const reports: Report[] = [];
  for await (const some of withContents(session, found)) {
    betweenSlices();
    for (const [row, contents] of some) {
      budget.take(1, contents.characters);
      reports.push(toReport(row, { target: { repo: row.repo, server: row.server }, ...contents }));
    }
  }
  return reports;
}
