import { MAX_SPAN_MS } from './packing.ts';
import { runUrlAt } from './run-urls.ts';

// Reports as SQL reads them from their packs. `target`, `from`, `to` and the like are expressions.

const columns = (prefix: string) =>
  [
    ...['first_at', 'first_received_at', 'first_last_check', 'first_duration_ms'],
    ...['checked', 'received', 'last_checks', 'durations', 'run_urls'],
  ]
    .map((name) => `${prefix}${name} AS ${name}`)
    .join(', ');

const chunksIn = (table: string, { target, from, to }: ReportRange) => `
  SELECT target_id, finding_id, source_id, ${columns('')} FROM ${table}
  WHERE target_id = ${target} AND first_at BETWEEN ${from} - ${MAX_SPAN_MS} AND ${to} AND last_at >= ${from}`;

export interface ReportRange {
  readonly target: string;
  readonly from: string;
  readonly to: string;
}

/**
 * The reports of a target with `from <= checked_at <= to`, to be joined as `r`: from the chunks that began since a day
 * before, a range of the key of each partition in question, and from the tail.
 */
export function reportsIn({ target, from, to }: ReportRange): string {
  const range = { target, from, to };
  const packs = [
    chunksIn('chunk', range),
    chunksIn('kept_chunk', range),
    `SELECT target_id, finding_id, source_id, ${columns('tail_')} FROM target_status
    WHERE target_id = ${target} AND tail_first_at <= ${to} AND checked_at >= ${from}`,
  ];
  return `LATERAL (${unpacked(packs)} WHERE k.first_at + u.checked BETWEEN ${from} AND ${to}) AS r`;
}

/**
 * The finding and the source of each report `r`. LIMIT makes each a seek: how many reports a range has is only estimated,
 * and an estimate that is too high would make the planner read all of both tables instead.
 */
export const ITS_CONTENT = `
  CROSS JOIN LATERAL (SELECT * FROM finding WHERE id = r.finding_id LIMIT 1) AS f
  CROSS JOIN LATERAL (SELECT * FROM source WHERE id = r.source_id LIMIT 1) AS c`;

/** All reports of the packs of a target that have one at or after an instant: of chunks that began since a day before. */
export function reportsOfPacksSince({ target, at }: { target: string; at: string }): string {
  const since = (table: string) => `
    SELECT target_id, finding_id, source_id, ${columns('')} FROM ${table}
    WHERE target_id = ${target} AND first_at >= ${at} - ${MAX_SPAN_MS} AND last_at >= ${at}`;
  const tail = `
    SELECT target_id, finding_id, source_id, ${columns('tail_')} FROM target_status
    WHERE target_id = ${target} AND checked_at >= ${at}`;
  return `(${unpacked([since('chunk'), since('kept_chunk'), tail])}) AS r`;
}

function unpacked(packs: readonly string[]): string {
  return `
    SELECT k.target_id, k.first_at + u.checked AS checked_at, k.first_received_at + u.received AS received_at,
      coalesce(k.first_last_check + u.last_check, k.first_at + u.checked) AS last_check,
      k.first_duration_ms + u.duration AS duration_ms, k.run_urls, u.place, k.finding_id, k.source_id
    FROM (${packs.join(' UNION ALL ')}) AS k
    CROSS JOIN LATERAL unnest(k.checked, k.received, k.last_checks, k.durations)
      WITH ORDINALITY AS u(checked, received, last_check, duration, place)`;
}

/** Where the chunks and the tail of a target begin, that begin at such an instant: each a seek in a key. */
const beginnings = (target: string, condition: string, order: 'ASC' | 'DESC') => `
  (SELECT first_at FROM chunk WHERE target_id = ${target} AND first_at ${condition} ORDER BY first_at ${order} LIMIT 1),
  (SELECT first_at FROM kept_chunk WHERE target_id = ${target} AND first_at ${condition}),
  (SELECT tail_first_at FROM target_status WHERE target_id = ${target} AND tail_first_at ${condition})`;

/** Statement for the last report of a target at or before an instant: it is not before the last beginning by then. */
export function lastReportBy({ target, at }: { target: string; at: string }): string {
  return `
    SELECT r.* FROM (SELECT greatest(${beginnings(target, `<= ${at}`, 'DESC')}) AS since) AS b
    CROSS JOIN ${reportsIn({ target, from: 'b.since', to: at })}
    ORDER BY r.checked_at DESC, r.received_at DESC LIMIT 1`;
}

interface After {
  readonly target: string;
  readonly checkedAt: string;
  readonly receivedAt: string;
}

/** Statement for the first report of a target after a key: it is not after the next beginning. */
export function firstReportAfter({ target, checkedAt, receivedAt }: After): string {
  const next = `least(${beginnings(target, `> ${checkedAt}`, 'ASC')})`;
  return `
    SELECT r.* FROM (SELECT coalesce(${next}, ${checkedAt} + ${MAX_SPAN_MS}) AS until) AS b
    CROSS JOIN ${reportsIn({ target, from: checkedAt, to: 'b.until' })}
    WHERE (r.checked_at, r.received_at) > (${checkedAt}, ${receivedAt})
    ORDER BY r.checked_at, r.received_at LIMIT 1`;
}

/** Larger than each `received_at`. */
export const AFTER_ALL_OF_ITS_INSTANT = `${Number.MAX_SAFE_INTEGER}::bigint`;

/** The oldest instant that any report of a target has. */
export function oldestReportOf(target: string): string {
  return `SELECT least(
    (SELECT first_at FROM chunk WHERE target_id = ${target} ORDER BY first_at LIMIT 1),
    (SELECT first_at FROM kept_chunk WHERE target_id = ${target}),
    (SELECT tail_first_at FROM target_status WHERE target_id = ${target}))`;
}

/** A run URL is read outside of the database. */
export const RUN_URL = 'r.run_urls AS "runUrls", r.place AS "placeInPack"';

export interface RunUrlColumns {
  readonly runUrls: Buffer | null;
  /** Counted from one. */
  readonly placeInPack: number;
}

export function runUrlOf({ runUrls, placeInPack }: RunUrlColumns): string | undefined {
  return runUrls === null ? undefined : runUrlAt(runUrls, placeInPack - 1);
}
