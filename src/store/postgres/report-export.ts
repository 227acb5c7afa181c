import type { TargetFilter } from '../../domain/questions/reader.ts';
import type { Report } from '../../domain/report.ts';
import type { Reading } from './reading.ts';
import { CHECK_COLUMNS, type CheckRow, CONTENT_COLUMNS, type ContentRow, toReport } from './report-rows.ts';
import { reportsIn } from './report-source.ts';
import { first, type Session } from './session.ts';
import { cachedStatement, statement } from './statement.ts';
import { type FilterParams, filterParams, namedBy } from './target-filter.ts';

/** How many chunks begin in a page. */
const PAGE = 32;

/** Includes deleted targets: their history stays. */
const targetIds = (filter: TargetFilter) =>
  `SELECT t.id FROM target t WHERE ${namedBy(filter)} ORDER BY t.id`;

interface From {
  readonly targetId: number;
  readonly from: number;
}

/** Where the chunks of a page have begun, by the key: all reports from before are in them, or in those that follow them. */
const PAGE_ENDS = statement<From, { at: number }>(`
  SELECT first_at AS at FROM chunk WHERE target_id = :targetId AND first_at > :from
  ORDER BY first_at LIMIT 1 OFFSET ${PAGE}`);

/** The chunks, and the tail. */
const REPORTS = statement<From & { to: number }, CheckRow & ContentRow>(`
  SELECT ${CHECK_COLUMNS}, ${CONTENT_COLUMNS}
  FROM ${reportsIn({ target: ':targetId::bigint', from: ':from::bigint', to: ':to::bigint - 1' })}
  JOIN target t ON t.id = r.target_id
  JOIN finding f ON f.id = r.finding_id
  JOIN source c ON c.id = r.source_id
  ORDER BY r.checked_at, r.received_at`);

/**
 * Every report at one moment, by target, in the order of (`checkedAt`, `receivedAt`). Each iteration has its own
 * connection with one read transaction, so it blocks no writer, does not see later writes, and is independent of
 * other iterations.
 */
export async function* everyReport(
  reading: Pick<Reading, 'longSnapshot'>,
  filter: TargetFilter,
): AsyncGenerator<Report, void> {
  const { session, end } = await reading.longSnapshot();
  try {
    const targets = cachedStatement<FilterParams, { id: number }>(targetIds(filter));
    for (const { id: targetId } of await session.all(targets, filterParams(filter))) {
      for await (const page of pagesOf(session, targetId))
        yield* (await session.all(REPORTS, { targetId, ...page })).map(toReport);
    }
  } finally {
    await end();
  }
}

/** Spans of time that together have all reports of a target, and few of them each: `from <= checkedAt < to`. */
export async function* pagesOf(
  session: Session,
  targetId: number,
): AsyncGenerator<{ readonly from: number; readonly to: number }, void> {
  for (let from = Number.MIN_SAFE_INTEGER; from < Number.MAX_SAFE_INTEGER; ) {
    const to = (await first(session, PAGE_ENDS, { targetId, from }))?.at ?? Number.MAX_SAFE_INTEGER;
    yield { from, to };
    from = to;
  }
}
