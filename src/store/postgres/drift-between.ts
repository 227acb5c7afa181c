import { NO_FILES } from '../../domain/file-list.ts';
import type { HistoryKey } from '../../domain/history-key.ts';
import { type Drift, driftOfFinding, mergeContents, type Opening } from '../../domain/incident.ts';
import { toFinding } from '../row-values.ts';
import {
  firstReportAfter,
  ITS_CONTENT,
  RUN_URL,
  type RunUrlColumns,
  reportsIn,
  runUrlOf,
} from './report-source.ts';
import type { FindingRow, PeriodRow } from './rows.ts';
import { first, type Session } from './session.ts';
import { statement } from './statement.ts';

const START: HistoryKey = { checkedAt: Number.MIN_SAFE_INTEGER, receivedAt: 0 };
const END: HistoryKey = { checkedAt: Number.MAX_SAFE_INTEGER, receivedAt: 0 };

interface Between {
  readonly targetId: number;
  readonly afterCheckedAt: number;
  readonly afterReceivedAt: number;
  readonly beforeCheckedAt: number;
  readonly beforeReceivedAt: number;
}

const AFTER = '(:afterCheckedAt::bigint, :afterReceivedAt::bigint)';
const BEFORE = '(:beforeCheckedAt::bigint, :beforeReceivedAt::bigint)';

const REPORTS = reportsIn({
  target: ':targetId::bigint',
  from: ':afterCheckedAt::bigint',
  to: ':beforeCheckedAt::bigint',
});
const IS_BETWEEN = `(r.checked_at, r.received_at) > ${AFTER} AND (r.checked_at, r.received_at) < ${BEFORE}`;

/**
 * Whether a report is strictly between two keys. Asked of a period that reaches over both, as the periods are those from
 * before the transaction: both keys may be of late reports that lie between two of its own.
 */
const HAS_REPORT = `EXISTS (SELECT 1 FROM ${REPORTS} WHERE ${IS_BETWEEN})`;

/** The OUT_OF_SYNC periods that have a report strictly between two keys: a range of the key, from the one that reaches into it. */
const OVER = `
  SELECT p.started_at, p.received_at, p.finding_id, p."commit", p.run_url FROM period p
  WHERE p.target_id = :targetId AND p.sync_status = 'OUT_OF_SYNC'
    AND p.started_at >= coalesce(
      (SELECT max(q.started_at) FROM period q WHERE q.target_id = :targetId AND q.started_at <= :afterCheckedAt),
      :afterCheckedAt)
    AND (p.started_at, p.received_at) < ${BEFORE}
    AND (p.last_checked_at, p.last_received_at) > ${AFTER}
    AND ((p.started_at, p.received_at) > ${AFTER}
      OR (p.last_checked_at, p.last_received_at) < ${BEFORE} OR ${HAS_REPORT})`;

/** The same of the current period. */
const CURRENT = `
  SELECT s.started_at, s.start_received_at AS received_at, s.finding_id, c."commit", s.period_run_url AS run_url
  FROM target_status s JOIN finding f ON f.id = s.finding_id JOIN source c ON c.id = s.source_id
  WHERE s.target_id = :targetId AND f.sync_status = 'OUT_OF_SYNC'
    AND (s.started_at, s.start_received_at) < ${BEFORE}
    AND (s.checked_at, s.received_at) > ${AFTER}
    AND ((s.started_at, s.start_received_at) > ${AFTER}
      OR (s.checked_at, s.received_at) < ${BEFORE} OR ${HAS_REPORT})`;

/** How many findings are read at once: each may have many files. */
const AT_ONCE = 32;

/** However many periods there are, each finding comes once. */
const FINDINGS = statement<Between & { afterId: number }, FindingRow & { id: number }>(`
  SELECT f.id, f.sync_status AS "syncStatus", f.drift_count AS "driftCount", f.files FROM (
    SELECT finding_id FROM (
      SELECT finding_id FROM (${OVER}) AS o UNION SELECT finding_id FROM (${CURRENT}) AS c) AS found
    WHERE finding_id > :afterId ORDER BY finding_id LIMIT ${AT_ONCE}) AS w
  JOIN finding f ON f.id = w.finding_id ORDER BY f.id`);

type FirstPeriod = Pick<PeriodRow, 'startedAt' | 'receivedAt' | 'commit' | 'runUrl'>;

const FIRST_PERIOD = statement<Between, FirstPeriod>(`
  SELECT started_at AS "startedAt", received_at AS "receivedAt", "commit", run_url AS "runUrl" FROM (
    (${OVER} ORDER BY p.started_at, p.received_at LIMIT 1) UNION ALL (${CURRENT})) AS one
  ORDER BY started_at, received_at LIMIT 1`);

const NEXT_REPORT = statement<Between, HistoryKey & RunUrlColumns>(`
  SELECT r.checked_at AS "checkedAt", r.received_at AS "receivedAt", ${RUN_URL} FROM (${firstReportAfter({
    target: ':targetId::bigint',
    checkedAt: ':afterCheckedAt::bigint',
    receivedAt: ':afterReceivedAt::bigint',
  })}) AS r`);

/** Only asked if the incident remembers a deploy. */
const LAST_DEPLOY = statement<Between, { at: number; commit: string }>(`
  SELECT r.checked_at AS at, c."commit" FROM ${REPORTS} ${ITS_CONTENT}
  WHERE ${IS_BETWEEN} AND f.sync_status = 'OUT_OF_SYNC' AND c.after_deploy AND c."commit" IS NOT NULL
  ORDER BY r.checked_at DESC, r.received_at DESC LIMIT 1`);

interface Asked {
  readonly after: HistoryKey | undefined;
  readonly before: HistoryKey | undefined;
  readonly withDeploys: boolean;
}

/** What the OUT_OF_SYNC reports of a target strictly between two others add up to; undefined if there are none. */
export async function driftBetween(
  session: Session,
  targetId: number,
  { after = START, before = END, withDeploys }: Asked,
): Promise<Drift | undefined> {
  const between = {
    targetId,
    afterCheckedAt: after.checkedAt,
    afterReceivedAt: after.receivedAt,
    beforeCheckedAt: before.checkedAt,
    beforeReceivedAt: before.receivedAt,
  };
  const [period, next, rows, deployed] = await Promise.all([
    first(session, FIRST_PERIOD, between),
    first(session, NEXT_REPORT, between),
    session.all(FINDINGS, { ...between, afterId: 0 }),
    withDeploys ? first(session, LAST_DEPLOY, between) : undefined,
  ]);
  const opening = period && openingIn(period, { after, next });
  if (opening === undefined) return undefined;
  return { opening, ...(await contentsOf(session, between, rows)), deployed };
}

/** `first`: the findings that were read already. */
async function contentsOf(
  session: Session,
  between: Between,
  first: readonly (FindingRow & { id: number })[],
) {
  let contents: ReturnType<typeof driftOfFinding> = NOTHING;
  for (let rows = first; ; ) {
    contents = rows.map((row) => driftOfFinding(toFinding(row))).reduce(mergeContents, contents);
    const last = rows.at(-1);
    if (last === undefined || rows.length < AT_ONCE) return contents;
    rows = await session.all(FINDINGS, { ...between, afterId: last.id });
  }
}

const NOTHING = { maxDriftCount: undefined, files: NO_FILES, unnamed: false };

function openingIn(
  { startedAt, receivedAt, commit, runUrl }: FirstPeriod,
  { after, next }: { after: HistoryKey; next: (HistoryKey & RunUrlColumns) | undefined },
): Opening | undefined {
  const isWhole =
    startedAt > after.checkedAt || (startedAt === after.checkedAt && receivedAt > after.receivedAt);
  // Where the period reaches into the range, its next report is the first.
  if (isWhole)
    return { checkedAt: startedAt, receivedAt, commit: commit ?? undefined, runUrl: runUrl ?? undefined };
  if (next === undefined) return undefined;
  const { checkedAt, receivedAt: arrivedAt } = next;
  return { checkedAt, receivedAt: arrivedAt, commit: commit ?? undefined, runUrl: runUrlOf(next) };
}
