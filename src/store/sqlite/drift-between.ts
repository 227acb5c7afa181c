import type Sqlite from 'better-sqlite3';
import { NO_FILES } from '../../domain/file-list.ts';
import type { HistoryKey } from '../../domain/history-key.ts';
import { type Drift, driftOfFinding, mergeContents, type Opening } from '../../domain/incident.ts';
import { toFinding } from '../row-values.ts';
import type { RawRow } from './raw-rows.ts';
import type { FindingRow } from './rows.ts';
import type { periods } from './schema.ts';

const START: HistoryKey = { checkedAt: Number.MIN_SAFE_INTEGER, receivedAt: 0 };
const END: HistoryKey = { checkedAt: Number.MAX_SAFE_INTEGER, receivedAt: 0 };

interface Between {
  readonly targetId: number;
  readonly afterCheckedAt: number;
  readonly afterReceivedAt: number;
  readonly beforeCheckedAt: number;
  readonly beforeReceivedAt: number;
}

/**
 * Whether a report is strictly between two keys. It is asked for a period that reaches over both, as periods are those
 * from before the transaction. Both keys may belong to late reports between two of the period's own.
 */
const HAS_REPORT = `EXISTS (
  SELECT 1 FROM report r WHERE r.target_id = :targetId AND r.checked_at BETWEEN :afterCheckedAt AND :beforeCheckedAt
    AND (r.checked_at, r.checked_at + r.received_lag_ms) > (:afterCheckedAt, :afterReceivedAt)
    AND (r.checked_at, r.checked_at + r.received_lag_ms) < (:beforeCheckedAt, :beforeReceivedAt))`;

/**
 * The OUT_OF_SYNC periods with a report strictly between two keys: a range of the key, from the period that reaches
 * into it.
 */
const OVER = `
  SELECT p.started_at, p.received_at, p.finding_id, p."commit", p.run_url FROM period p
  WHERE p.target_id = :targetId AND p.sync_status = 'OUT_OF_SYNC'
    AND p.started_at >= coalesce(
      (SELECT max(q.started_at) FROM period q WHERE q.target_id = :targetId AND q.started_at <= :afterCheckedAt),
      :afterCheckedAt)
    AND (p.started_at, p.received_at) < (:beforeCheckedAt, :beforeReceivedAt)
    AND (p.last_checked_at, p.last_received_at) > (:afterCheckedAt, :afterReceivedAt)
    AND ((p.started_at, p.received_at) > (:afterCheckedAt, :afterReceivedAt)
      OR (p.last_checked_at, p.last_received_at) < (:beforeCheckedAt, :beforeReceivedAt) OR ${HAS_REPORT})`;

/** The same for the current period. */
const CURRENT = `
  SELECT s.started_at, s.start_received_at, s.finding_id, c."commit", s.period_run_url
  FROM target_status s JOIN finding f ON f.id = s.finding_id JOIN source c ON c.id = s.source_id
  WHERE s.target_id = :targetId AND f.sync_status = 'OUT_OF_SYNC'
    AND (s.started_at, s.start_received_at) < (:beforeCheckedAt, :beforeReceivedAt)
    AND (s.checked_at, s.received_at) > (:afterCheckedAt, :afterReceivedAt)
    AND ((s.started_at, s.start_received_at) > (:afterCheckedAt, :afterReceivedAt)
      OR (s.checked_at, s.received_at) < (:beforeCheckedAt, :beforeReceivedAt) OR ${HAS_REPORT})`;

/** Each finding comes once, however many periods have it. */
const FINDINGS = `
  SELECT f.sync_status AS syncStatus, f.drift_count AS driftCount, f.files FROM finding f
  WHERE f.id IN (SELECT finding_id FROM (${OVER}) UNION SELECT finding_id FROM (${CURRENT}))`;

const FIRST_PERIOD = `
  SELECT started_at AS startedAt, received_at AS receivedAt, "commit", run_url AS runUrl FROM (
    SELECT * FROM (${OVER} ORDER BY p.started_at, p.received_at LIMIT 1) UNION ALL SELECT * FROM (${CURRENT}))
  ORDER BY started_at, received_at LIMIT 1`;

/** A seek in the key of `report`, except for reports of the same instant. */
const NEXT_REPORT = `
  SELECT r.checked_at AS checkedAt, r.checked_at + r.received_lag_ms AS receivedAt, r.run_url AS runUrl FROM report r
  WHERE r.target_id = :targetId AND r.checked_at >= :afterCheckedAt
    AND (r.checked_at, r.checked_at + r.received_lag_ms) > (:afterCheckedAt, :afterReceivedAt)
  ORDER BY r.checked_at, r.received_lag_ms LIMIT 1`;

/** A range of the key of `report`. It is asked only if the incident remembers a deploy. */
const LAST_DEPLOY = `
  SELECT r.checked_at AS at, s."commit" FROM report r JOIN source s ON s.id = r.source_id
  JOIN finding f ON f.id = r.finding_id
  WHERE r.target_id = :targetId AND r.checked_at BETWEEN :afterCheckedAt AND :beforeCheckedAt
    AND (r.checked_at, r.checked_at + r.received_lag_ms) > (:afterCheckedAt, :afterReceivedAt)
    AND (r.checked_at, r.checked_at + r.received_lag_ms) < (:beforeCheckedAt, :beforeReceivedAt)
    AND f.sync_status = 'OUT_OF_SYNC' AND s.after_deploy = 1 AND s."commit" IS NOT NULL
  ORDER BY r.checked_at DESC, r.received_lag_ms DESC LIMIT 1`;

type FirstPeriod = Pick<RawRow<typeof periods>, 'startedAt' | 'receivedAt' | 'commit' | 'runUrl'>;

interface Asked {
  readonly after: HistoryKey | undefined;
  readonly before: HistoryKey | undefined;
  readonly withDeploys: boolean;
}

/** The merged OUT_OF_SYNC reports of a target strictly between two others; undefined if there are none. */
export function driftBetween(client: Sqlite.Database): (targetId: number, asked: Asked) => Drift | undefined {
  const findings = client.prepare<[Between], FindingRow>(FINDINGS);
  const firstPeriod = client.prepare<[Between], FirstPeriod>(FIRST_PERIOD);
  const nextReport = client.prepare<[Between], HistoryKey & { runUrl: string | null }>(NEXT_REPORT);
  const lastDeploy = client.prepare<[Between], { at: number; commit: string }>(LAST_DEPLOY);

  const openingIn = (between: Between): Opening | undefined => {
    const period = firstPeriod.get(between);
    if (period === undefined) return undefined;
    const { startedAt, receivedAt, commit, runUrl } = period;
    const isWhole =
      startedAt > between.afterCheckedAt ||
      (startedAt === between.afterCheckedAt && receivedAt > between.afterReceivedAt);
    // If the period reaches into the range, its next report is the first.
    const first = isWhole ? { checkedAt: startedAt, receivedAt, runUrl } : nextReport.get(between);
    return first && { ...first, commit: commit ?? undefined, runUrl: first.runUrl ?? undefined };
  };

  return (targetId, { after = START, before = END, withDeploys }) => {
    const between = {
      targetId,
      afterCheckedAt: after.checkedAt,
      afterReceivedAt: after.receivedAt,
      beforeCheckedAt: before.checkedAt,
      beforeReceivedAt: before.receivedAt,
    };
    const opening = openingIn(between);
    if (opening === undefined) return undefined;
    let contents: ReturnType<typeof driftOfFinding> = NOTHING;
    // Row by row: each may have many files.
    for (const row of findings.iterate(between))
      contents = mergeContents(contents, driftOfFinding(toFinding(row)));
    const deployed = withDeploys ? lastDeploy.get(between) : undefined;
    return { opening, ...contents, deployed };
  };
}

const NOTHING = { maxDriftCount: undefined, files: NO_FILES, unnamed: false };
