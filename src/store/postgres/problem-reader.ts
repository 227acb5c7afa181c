import { FLAPS_WITHIN_MS } from '../../domain/flapping.ts';
import type { Reported, TargetFacts } from '../../domain/notify/problems.ts';
import { MAX_AHEAD_MS } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import type { ProblemReader } from '../notifications.ts';
import { toLabels } from '../row-values.ts';
import type { Reading } from './reading.ts';
import { INCIDENT_COLUMNS, type IncidentRow, toIncident } from './rows.ts';
import { findings, sources, targetStatuses } from './schema.ts';
import { first, type Session } from './session.ts';
import { statement } from './statement.ts';
import { selectList } from './table-columns.ts';
import { type ReportedStatusRow, WITH_STATUS } from './target-table.ts';

interface ReportedRow
  extends Pick<
      ReportedStatusRow,
      'checkedAt' | 'staleAt' | 'findingId' | 'since' | 'lastSyncedAt' | 'incidentId'
    >,
    Pick<typeof sources.$inferSelect, 'commit' | 'error' | 'errorKind'>,
    Pick<typeof findings.$inferSelect, 'syncStatus' | 'driftCount'> {
  readonly runUrl: string | null;
}

type Row = Target & {
  readonly targetId: number;
  readonly labels: string;
  readonly declaredAt: number | null;
  readonly recentIncidents: number;
} & (ReportedRow | { readonly checkedAt: null; readonly incidentId: null });

const STANDS =
  't.deleted_at IS NULL AND t.repo IS NOT NULL AND (s.target_id IS NOT NULL OR t.declared_at IS NOT NULL)';

interface Asked {
  readonly ids: readonly number[];
  readonly repos: readonly string[];
  readonly servers: readonly string[];
  readonly since: number;
}

/**
 * Seeks in the keys of `target`, `target_status`, `source` and `finding`, in `incident_opened`, and for names in
 * `target_name`.
 */
const FACTS = statement<Asked, Row>(`
  SELECT t.id AS "targetId", t.repo, t.server, t.labels, t.declared_at AS "declaredAt",
    ${selectList(targetStatuses, 's', ['checkedAt', 'staleAt', 'findingId', 'since', 'lastSyncedAt', 'incidentId'])},
    ${selectList(sources, 'c', ['commit', 'error', 'errorKind'])},
    ${selectList(findings, 'f', ['syncStatus', 'driftCount'])}, s.run_url AS "runUrl",
    (SELECT count(*) FROM incident i WHERE i.target_id = t.id AND i.opened_at > :since) AS "recentIncidents"
  FROM (
    SELECT id, 0 AS place FROM unnest(:ids::bigint[]) AS w(id)
    UNION ALL
    SELECT n.id, w.place FROM unnest(:repos::text[], :servers::text[]) WITH ORDINALITY AS w(repo, server, place)
    JOIN target n ON n.repo = w.repo COLLATE "C" AND n.server = w.server COLLATE "C") AS asked
  JOIN target t ON t.id = asked.id ${WITH_STATUS}
  LEFT JOIN source c ON c.id = s.source_id
  LEFT JOIN finding f ON f.id = s.finding_id
  WHERE ${STANDS} ORDER BY asked.place, t.id`);

const INCIDENTS = statement<{ ids: readonly number[] }, IncidentRow>(
  `SELECT ${INCIDENT_COLUMNS} FROM incident WHERE id = ANY (:ids::bigint[])`,
);

/** Whether a target is STALE at an instant, in SQL: `stateAt`. One that never reported is. */
const IS_STALE = `(s.target_id IS NULL OR s.stale_at <= :now OR s.checked_at > :now::bigint + ${MAX_AHEAD_MS})`;

/** A range of the key of `target`; SYNCED is the first of the sync statuses. */
const TROUBLED = statement<{ after: number; limit: number; now: number }, { id: number }>(`
  SELECT t.id FROM target t ${WITH_STATUS}
  WHERE t.id > :after AND ${STANDS} AND (${IS_STALE} OR s.incident_id IS NOT NULL OR s.sync_status <> 0)
  ORDER BY t.id LIMIT :limit`);

/** The targets of one repo, by `target_name`. */
const SILENT = statement<{ repo: string; now: number }, { targets: number; stale: number }>(`
  SELECT count(*) AS targets, count(*) FILTER (WHERE ${IS_STALE}) AS stale
  FROM target t ${WITH_STATUS} WHERE t.repo = :repo AND ${STANDS}`);

export function problemReader({ snapshot, session }: Pick<Reading, 'snapshot' | 'session'>): ProblemReader {
  return {
    targetFacts: ({ ids = [], names = [], now }) =>
      snapshot(async (inSnapshot) => {
        const rows = await inSnapshot.all(FACTS, {
          ids,
          repos: names.map(({ repo }) => repo),
          servers: names.map(({ server }) => server),
          since: now - FLAPS_WITHIN_MS,
        });
        const once = [...new Map(rows.map((row) => [row.targetId, row])).values()];
        const incidents = await incidentsOf(
          inSnapshot,
          once.flatMap(({ incidentId }) => incidentId ?? []),
        );
        return once.map((row) => toFacts(row, incidents));
      }),
    async troubledTargets(after, limit, now) {
      return (await session.all(TROUBLED, { after, limit, now })).map(({ id }) => id);
    },
    async incidentsById(ids) {
      const found = await incidentsOf(session, ids);
      return ids.flatMap((id) => found.get(id) ?? []);
    },
    async isSilent(repo, now) {
      const { targets = 0, stale = 0 } = (await first(session, SILENT, { repo, now })) ?? {};
      return targets >= 2 && stale === targets;
    },
  };
}

async function incidentsOf(session: Session, ids: readonly number[]) {
  const rows = ids.length === 0 ? [] : await session.all(INCIDENTS, { ids });
  return new Map(rows.map((row) => [row.id, toIncident(row)]));
}

function toFacts(
  row: Row,
  incidents: ReadonlyMap<number, NonNullable<TargetFacts['incident']>>,
): TargetFacts {
  return {
    id: row.targetId,
    target: { repo: row.repo, server: row.server },
    labels: toLabels(row.labels),
    reported: row.checkedAt === null ? undefined : toReported(row),
    declaredAt: row.declaredAt ?? 0,
    incident: row.incidentId === null ? undefined : incidents.get(row.incidentId),
    recentIncidents: row.recentIncidents,
  };
}

function toReported(row: ReportedRow): Reported {
  return {
    checkedAt: row.checkedAt,
    staleAt: row.staleAt,
    finding: { id: row.findingId, syncStatus: row.syncStatus, driftCount: row.driftCount ?? undefined },
    since: row.since,
    commit: row.commit ?? undefined,
    lastSyncedAt: row.lastSyncedAt ?? undefined,
    runUrl: row.runUrl ?? undefined,
    error: row.error ?? undefined,
    errorKind: row.errorKind ?? undefined,
  };
}
