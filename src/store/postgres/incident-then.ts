import type { CAUSES } from '../../domain/incident.ts';
import type { ReportedDetails } from '../../domain/questions/reader.ts';
import {
  ACKNOWLEDGEMENT_COLUMNS,
  type AcknowledgementColumns,
  toAcknowledgement,
} from './acknowledgement-rows.ts';
import { ITS_CONTENT, reportsIn } from './report-source.ts';

/**
 * The last incident of `t` that had opened by an instant, from the end of `incident_opened`: incidents of a target do not
 * overlap, so no earlier one is open. The last deploy by then is that of the incident, unless it came later: then it is
 * looked for in the reports since.
 */
export const INCIDENT_THEN = `
  SELECT incident.id AS "incidentId", opened_at AS "openedAt", resolved_at AS "resolvedAt", cause,
    CASE WHEN deployed_at IS NULL OR resolved_at <= :at THEN NULL WHEN deployed_at <= :at THEN deployed_commit ELSE (
      SELECT c."commit" FROM ${reportsIn({ target: 't.id', from: 'incident.opened_at', to: ':at::bigint' })}
      ${ITS_CONTENT} WHERE (r.checked_at, r.received_at) >= (incident.opened_at, incident.received_at)
        AND f.sync_status = 'OUT_OF_SYNC' AND c.after_deploy AND c."commit" IS NOT NULL
      ORDER BY r.checked_at DESC, r.received_at DESC LIMIT 1) END AS "deployedCommit",
    ${ACKNOWLEDGEMENT_COLUMNS}
  FROM incident LEFT JOIN acknowledgement a ON a.incident_id = incident.id AND a.at <= :at
  WHERE incident.target_id = t.id AND opened_at <= :at
  ORDER BY opened_at DESC, received_at DESC LIMIT 1`;

/** All null if no incident had opened. */
export interface IncidentThenRow extends AcknowledgementColumns {
  readonly incidentId: number | null;
  readonly openedAt: number | null;
  readonly resolvedAt: number | null;
  readonly cause: (typeof CAUSES)[number] | null;
  readonly deployedCommit: string | null;
}

const NONE_OPEN = { incident: undefined, deployedCommit: undefined, acknowledgement: undefined };

/** The part of a status that is about the incident that was open. */
export function toIncidentThen(
  row: IncidentThenRow,
  at: number,
): Pick<ReportedDetails, 'incident' | 'deployedCommit' | 'acknowledgement'> {
  const { incidentId: id, openedAt, resolvedAt, cause } = row;
  if (id === null || openedAt === null || (resolvedAt !== null && resolvedAt <= at)) return NONE_OPEN;
  return {
    incident: { id, openedAt, cause: cause ?? undefined },
    deployedCommit: row.deployedCommit ?? undefined,
    acknowledgement: toAcknowledgement(row),
  };
}
