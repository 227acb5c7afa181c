import type Sqlite from 'better-sqlite3';
import { FLAPS_WITHIN_MS } from '../../domain/flapping.ts';
import type { Reported, TargetFacts } from '../../domain/notify/problems.ts';
import { MAX_AHEAD_MS } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import type { ProblemReader } from '../notifications.ts';
import { toLabels } from '../row-values.ts';
import { storedNames, toTarget } from './named-target.ts';
import { type RawRow, selectList } from './raw-rows.ts';
import { INCIDENT_COLUMNS, type IncidentRow, toIncident, toRunUrl } from './rows.ts';
import { findings, sources, targetStatuses } from './schema.ts';

interface Row
  extends Target,
    Pick<
      RawRow<typeof targetStatuses>,
      'checkedAt' | 'staleAt' | 'findingId' | 'since' | 'lastSyncedAt' | 'incidentId'
    >,
    Pick<RawRow<typeof sources>, 'commit' | 'error' | 'errorKind'>,
    Pick<RawRow<typeof findings>, 'syncStatus' | 'driftCount'> {
  readonly targetId: number;
  readonly labels: string;
  readonly declaredAt: number | null;
  readonly runUrl: string | null;
  readonly recentIncidents: number;
}

/** Seeks in the keys of `target`, `target_status`, `source`, `finding` and `report`, and in `incident_opened`. */
const FACTS = `
  SELECT t.id AS targetId, t.repo, t.server, t.labels, t.declared_at AS declaredAt,
    ${selectList(targetStatuses, 's', ['checkedAt', 'staleAt', 'findingId', 'since', 'lastSyncedAt', 'incidentId'])},
    ${selectList(sources, 'c', ['commit', 'error', 'errorKind'])},
    ${selectList(findings, 'f', ['syncStatus', 'driftCount'])}, r.run_url AS runUrl,
    (SELECT count(*) FROM incident i WHERE i.target_id = t.id AND i.opened_at > :since) AS recentIncidents
  FROM target t
  LEFT JOIN target_status s ON s.target_id = t.id
  LEFT JOIN source c ON c.id = s.source_id
  LEFT JOIN finding f ON f.id = s.finding_id
  LEFT JOIN report r ON r.target_id = t.id
    AND r.checked_at = s.checked_at AND r.received_lag_ms = s.received_at - s.checked_at
  WHERE t.deleted_at IS NULL AND t.repo IS NOT NULL
    AND (s.target_id IS NOT NULL OR t.declared_at IS NOT NULL) AND`;
const BY_IDS = `${FACTS} t.id IN (SELECT value FROM json_each(:ids)) ORDER BY t.id`;
/** By `target_name`. */
const BY_NAME = `${FACTS} t.repo = :repo AND t.server = :server`;

const INCIDENT = `SELECT ${INCIDENT_COLUMNS} FROM incident WHERE id = ?`;

/** Whether a target is STALE at an instant, in SQL, as `stateAt` decides it. A target that never reported is. */
const IS_STALE = `(s.target_id IS NULL OR s.stale_at <= :now OR s.checked_at > :now + ${MAX_AHEAD_MS})`;
const STANDS =
  't.deleted_at IS NULL AND t.repo IS NOT NULL AND (s.target_id IS NOT NULL OR t.declared_at IS NOT NULL)';

/** A range of the key of `target`; SYNCED is the first of the sync statuses. */
const TROUBLED = `
  SELECT t.id FROM target t LEFT JOIN target_status s ON s.target_id = t.id
  WHERE t.id > :after AND ${STANDS} AND (${IS_STALE} OR s.incident_id IS NOT NULL OR s.sync_status <> 0)
  ORDER BY t.id LIMIT :limit`;

/** The targets of one repo, by `target_name`. */
const SILENT = `
  SELECT count(*) AS targets, coalesce(sum(${IS_STALE}), 0) AS stale
  FROM target t LEFT JOIN target_status s ON s.target_id = t.id WHERE t.repo = :repo AND ${STANDS}`;

export function problemReader(client: Sqlite.Database): ProblemReader {
  const byIds = client.prepare<[{ ids: string; since: number }], Row>(BY_IDS);
  const byName = client.prepare<[Target & { since: number }], Row>(BY_NAME);
  const incident = client.prepare<[number], IncidentRow>(INCIDENT);
  const troubled = client.prepare<[{ after: number; limit: number; now: number }], number>(TROUBLED).pluck();
  const silent = client.prepare<[{ repo: string; now: number }], { targets: number; stale: number }>(SILENT);
  const names = storedNames(client);
  const incidentOf = (id: number) => {
    const row = incident.get(id);
    return row && toIncident(row);
  };
  return {
    async targetFacts({ ids = [], names: asked = [], now }) {
      const since = now - FLAPS_WITHIN_MS;
      return client.transaction(() => {
        const named = asked.map((target) => byName.get({ ...names.target(target), since }));
        const rows = [...(ids.length === 0 ? [] : byIds.all({ ids: JSON.stringify(ids), since })), ...named];
        const once = new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.targetId, row]])));
        return Array.from(once.values(), (row) => toFacts(row, incidentOf));
      })();
    },
    async troubledTargets(after, limit, now) {
      return troubled.all({ after, limit, now });
    },
    async incidentsById(ids) {
      return ids.flatMap((id) => incidentOf(id) ?? []);
    },
    async isSilent(repo, now) {
      const stored = names.filter({ repos: [repo] }).repos?.[0] ?? repo;
      const { targets = 0, stale = 0 } = silent.get({ repo: stored, now }) ?? {};
      return targets >= 2 && stale === targets;
    },
  };
}

function toFacts(row: Row, incidentOf: (id: number) => TargetFacts['incident']): TargetFacts {
  return {
    id: row.targetId,
    target: toTarget(row),
    labels: toLabels(row.labels),
    reported: row.checkedAt === null ? undefined : toReported(row),
    declaredAt: row.declaredAt ?? 0,
    incident: row.incidentId === null ? undefined : incidentOf(row.incidentId),
    recentIncidents: row.recentIncidents,
  };
}

function toReported(row: Row): Reported {
  return {
    checkedAt: row.checkedAt,
    staleAt: row.staleAt,
    finding: { id: row.findingId, syncStatus: row.syncStatus, driftCount: row.driftCount ?? undefined },
    since: row.since,
    commit: row.commit ?? undefined,
    lastSyncedAt: row.lastSyncedAt ?? undefined,
    runUrl: toRunUrl(row.runUrl),
    error: row.error ?? undefined,
    errorKind: row.errorKind ?? undefined,
  };
}
