import { z } from '@hono/zod-openapi';
import { SYNC_STATUSES } from '../../domain/finding.ts';
import { CAUSES, type OpenIncident } from '../../domain/incident.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Mute } from '../../domain/mute.ts';
import { nextOfStatus } from '../../domain/questions/next-of-status.ts';
import type { StatusDetails } from '../../domain/questions/reader.ts';
import { STATES } from '../../domain/state.ts';
import { sinceOf, stateOf } from '../../domain/target-status.ts';
import { instant } from './instant.ts';
import { acknowledgement, muted, toAcknowledgement, toMuted } from './muted.ts';

export const cause = z
  .enum(CAUSES)
  .nullable()
  .openapi({ description: 'Why it drifted, as far as the commits tell' });

/** How many files differ. */
export const driftCount = z
  .number()
  .int()
  .nullable()
  .openapi({ description: 'How many files differ; null if that is not known' });

export const labels = z
  .record(z.string(), z.string())
  .openapi({ description: "The target's labels", example: { env: 'prod', team: 'core' } });

const incidentShape = { id: z.number().int(), opened_at: instant, cause };

export const openIncident = z.object(incidentShape).openapi({ title: 'OpenIncident' }).nullable();

/** A file as it was posted, with all its other keys. */
export const namedFile = z.looseObject({ name: z.string() }).openapi({ title: 'DriftedFile' });

const reportedAt = instant
  .nullable()
  .openapi({ description: 'RFC 3339, UTC, milliseconds; null if the target never reported' });

/** Who acts next. */
export const nextWords = z
  .string()
  .nullable()
  .openapi({
    description:
      'Who acts next, and what they do; null if there is nothing to do. It begins with the owner if a ' +
      'label names one',
    example: 'the person who changed the host: revert the change there, or commit it',
  });

export const statusRow = z
  .object({
    repo: z.string(),
    server: z.string(),
    sync_status: z.enum(SYNC_STATUSES).nullable().openapi({
      description: 'As reported; null if the target is expected and never reported',
    }),
    drift_count: driftCount,
    files: z.array(namedFile),
    last_check: reportedAt,
    state: z.enum(STATES),
    since: instant,
    stale_at: reportedAt,
    received_at: reportedAt,
    last_synced_at: instant.nullable(),
    commit: z.string().nullable(),
    branch: z.string().nullable(),
    run_url: z.string().nullable(),
    error: z.string().nullable(),
    error_kind: z.string().nullable(),
    check: z.string().nullable(),
    labels,
    next: nextWords,
    incident: z
      .object({ ...incidentShape, acknowledgement })
      .openapi({ title: 'StatusIncident' })
      .nullable(),
    muted,
  })
  .openapi('Status');

/** `mute` is the mute of everything that is wrong with it. */
export function toStatusRow(
  status: StatusDetails,
  { at, mute }: { at: number; mute: Mute | undefined },
): z.infer<typeof statusRow> {
  const { target, finding } = status;
  // Written key by key: in V8 an object literal that begins with a spread takes ten times as long, and there are
  // thousands.
  return {
    repo: target.repo,
    server: target.server,
    sync_status: finding?.syncStatus ?? null,
    drift_count: finding?.driftCount ?? null,
    files: finding === undefined ? [] : [...finding.files],
    last_check: instantOrNull(status.lastCheckAt),
    state: stateOf(status, at),
    since: formatInstant(sinceOf(status, at)),
    stale_at: instantOrNull(status.staleAt),
    received_at: instantOrNull(status.receivedAt),
    last_synced_at: instantOrNull(status.lastSyncedAt),
    commit: status.commit ?? null,
    branch: status.branch ?? null,
    run_url: status.runUrl ?? null,
    error: status.error ?? null,
    error_kind: status.errorKind ?? null,
    check: status.check ?? null,
    labels: status.labels,
    next: nextOfStatus(status, at) ?? null,
    incident: toIncidentOf(status),
    muted: toMuted(mute),
  };
}

function instantOrNull(at: number | undefined): string | null {
  return at === undefined ? null : formatInstant(at);
}

function toIncidentOf({ incident, acknowledgement: of }: StatusDetails) {
  if (incident === undefined) return null;
  const { id, openedAt, cause: why } = incident;
  return {
    id,
    opened_at: formatInstant(openedAt),
    cause: why ?? null,
    acknowledgement: toAcknowledgement(of),
  };
}

export function toOpenIncident(incident: OpenIncident | undefined): z.infer<typeof openIncident> {
  if (incident === undefined) return null;
  return { id: incident.id, opened_at: formatInstant(incident.openedAt), cause: incident.cause ?? null };
}
