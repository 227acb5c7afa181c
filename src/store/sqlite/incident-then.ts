import type Sqlite from 'better-sqlite3';
import type { ReportedDetails } from '../../domain/questions/reader.ts';
import { ACKNOWLEDGEMENT_COLUMNS, type AcknowledgementColumns, toAcknowledgement } from './acknowledging.ts';
import { prepared } from './prepared.ts';
import type { IncidentRow } from './rows.ts';

/** By `incident_opened`. Incidents of a target do not overlap: no earlier one is open. */
const INCIDENT_BY = `
  SELECT id, opened_at AS openedAt, received_at AS receivedAt, resolved_at AS resolvedAt, cause, ${ACKNOWLEDGEMENT_COLUMNS}
  FROM incident LEFT JOIN acknowledgement a ON a.incident_id = incident.id AND a.at <= :at
  WHERE target_id = :targetId AND opened_at <= :at
  ORDER BY opened_at DESC, received_at DESC LIMIT 1`;

/** By its key. It is asked only for an incident that was open then. */
const DEPLOYED = 'SELECT deployed_at AS at, deployed_commit AS "commit" FROM incident WHERE id = ?';

/** A range of the key of `report`. It is asked only if the incident remembers a deploy after the instant. */
const DEPLOYED_BY = `
  SELECT c."commit" FROM report r JOIN source c ON c.id = r.source_id JOIN finding f ON f.id = r.finding_id
  WHERE r.target_id = :targetId AND r.checked_at BETWEEN :openedAt AND :at
    AND (r.checked_at > :openedAt OR r.checked_at + r.received_lag_ms >= :receivedAt)
    AND f.sync_status = 'OUT_OF_SYNC' AND c.after_deploy = 1 AND c."commit" IS NOT NULL
  ORDER BY r.checked_at DESC, r.received_lag_ms DESC LIMIT 1`;

type LastIncidentRow = Pick<IncidentRow, 'id' | 'openedAt' | 'receivedAt' | 'resolvedAt' | 'cause'> &
  AcknowledgementColumns;

/** The report that opened the incident. */
interface Opening {
  readonly openedAt: number;
  readonly receivedAt: number;
}

interface At {
  readonly targetId: number;
  readonly at: number;
}

/** The part of a status that is about the incident that was open. */
export type IncidentThen = Pick<ReportedDetails, 'incident' | 'deployedCommit' | 'acknowledgement'>;

const NONE_OPEN: IncidentThen = {
  incident: undefined,
  deployedCommit: undefined,
  acknowledgement: undefined,
};

/** Makes a function that says which incident of a target was open at an instant, and who worked on it. */
export function incidentThen(client: Sqlite.Database): (at: At) => IncidentThen {
  const newest = prepared<[At], LastIncidentRow>(client, INCIDENT_BY);
  const deployed = prepared<[number], { at: number | null; commit: string | null }>(client, DEPLOYED);
  const deployedBy = prepared<[At & Opening], string>(client, DEPLOYED_BY).pluck();

  /** The last deploy by then: the incident's, unless that came later. */
  function deployedCommitOf(
    { id, openedAt, receivedAt }: Opening & { id: number },
    at: At,
  ): string | undefined {
    const last = deployed.get(id);
    if (last === undefined || last.at === null) return undefined;
    return (last.at <= at.at ? last.commit : deployedBy.get({ ...at, openedAt, receivedAt })) ?? undefined;
  }

  return (at) => {
    const row = newest.get(at);
    if (row === undefined || (row.resolvedAt !== null && row.resolvedAt <= at.at)) return NONE_OPEN;
    return {
      incident: { id: row.id, openedAt: row.openedAt, cause: row.cause ?? undefined },
      deployedCommit: deployedCommitOf(row, at),
      acknowledgement: toAcknowledgement(row),
    };
  };
}
