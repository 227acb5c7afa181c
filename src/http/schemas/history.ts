import { z } from '@hono/zod-openapi';
import { fileNames } from '../../domain/finding.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Mute } from '../../domain/mute.ts';
import type { Compliance } from '../../domain/questions/compliance.ts';
import type { FileDrift } from '../../domain/questions/file-drift.ts';
import type { TargetIncident } from '../../domain/questions/reader.ts';
import type { Segment } from '../../domain/questions/timeline.ts';
import { STATES } from '../../domain/state.ts';
import type { Target } from '../../domain/target.ts';
import { instant } from './instant.ts';
import { acknowledgement, muted, toAcknowledgement, toMuted } from './muted.ts';
import { cause, driftCount } from './status.ts';

const seconds = z.number().min(0).openapi({ description: 'Seconds' });
const ratio = z.number().min(0).max(1).nullable();

export const timelineRow = z
  .object({
    repo: z.string(),
    server: z.string(),
    state: z.enum(STATES),
    from: instant,
    to: instant,
    drift_count: driftCount,
    files: z.array(z.string()),
    commit: z.string().nullable(),
  })
  .openapi('TimelineSegment');

export function toTimelineRow(
  target: Target,
  { state, from, to, period }: Segment,
): z.infer<typeof timelineRow> {
  const reported = state === 'STALE' ? undefined : period;
  return {
    repo: target.repo,
    server: target.server,
    state,
    from: formatInstant(from),
    to: formatInstant(to),
    drift_count: reported?.finding.driftCount ?? null,
    files: reported === undefined ? [] : fileNames(reported.finding.files),
    commit: reported?.commit ?? null,
  };
}

export const incidentRow = z
  .object({
    id: z.number().int(),
    repo: z.string(),
    server: z.string(),
    opened_at: instant,
    resolved_at: instant.nullable(),
    duration_s: seconds.openapi({ description: 'Seconds; until now if it is open' }),
    cause,
    max_drift_count: driftCount.openapi({
      description: 'The most files that differed at once; null if they were never counted',
    }),
    files: z.array(z.string()),
    opened_commit: z.string().nullable(),
    resolved_commit: z.string().nullable(),
    opened_run_url: z.string().nullable(),
    resolved_run_url: z.string().nullable(),
    files_cut: z.boolean().openapi({ description: 'Whether there were more files than are named here' }),
    deployed_commit: z
      .string()
      .nullable()
      .openapi({ description: 'The commit of the last deploy that succeeded while it was open' }),
    muted,
    acknowledgement,
  })
  .openapi('Incident');

export function toIncidentRow(
  incident: TargetIncident,
  { now, mute }: { now: number; mute: Mute | undefined },
): z.infer<typeof incidentRow> {
  const { target, openedAt, resolvedAt } = incident;
  return {
    id: incident.id,
    repo: target.repo,
    server: target.server,
    opened_at: formatInstant(openedAt),
    resolved_at: resolvedAt === undefined ? null : formatInstant(resolvedAt),
    // If this server's clock was turned back, an incident may have opened in the future.
    duration_s: Math.max(0, (resolvedAt ?? now) - openedAt) / 1000,
    cause: incident.cause ?? null,
    max_drift_count: incident.maxDriftCount ?? null,
    files: [...incident.files.names],
    opened_commit: incident.openedCommit ?? null,
    resolved_commit: incident.resolvedCommit ?? null,
    opened_run_url: incident.openedRunUrl ?? null,
    resolved_run_url: incident.resolvedRunUrl ?? null,
    files_cut: incident.files.isCut,
    deployed_commit: incident.deployed?.commit ?? null,
    muted: toMuted(mute),
    acknowledgement: toAcknowledgement(incident.acknowledgement),
  };
}

export const fileRow = z
  .object({
    name: z.string(),
    targets: z.number().int(),
    incidents: z.number().int(),
    drifted_s: seconds,
    first_seen: instant,
    last_seen: instant,
    open: z.boolean().openapi({ description: 'Still drifted now' }),
  })
  .openapi('FileDrift');

export function toFileRow(drift: FileDrift): z.infer<typeof fileRow> {
  return {
    name: drift.name,
    targets: drift.targets,
    incidents: drift.incidents,
    drifted_s: drift.driftedMs / 1000,
    first_seen: formatInstant(drift.firstSeenAt),
    last_seen: formatInstant(drift.lastSeenAt),
    open: drift.open,
  };
}

export const complianceRow = z
  .object({
    repo: z.string().nullable(),
    server: z.string().nullable(),
    tracked_s: seconds,
    synced_s: seconds,
    out_of_sync_s: seconds,
    unknown_s: seconds,
    stale_s: seconds,
    in_sync_ratio: ratio,
    coverage: ratio,
    incidents: z.number().int(),
    mean_time_to_resolve_s: seconds.nullable(),
    median_time_to_resolve_s: seconds.nullable(),
  })
  .openapi('Compliance');

export function toComplianceRow(
  group: { readonly repo: string | null; readonly server: string | null },
  compliance: Compliance,
): z.infer<typeof complianceRow> {
  const { ms, meanTimeToResolveMs, medianTimeToResolveMs } = compliance;
  return {
    repo: group.repo,
    server: group.server,
    tracked_s: compliance.trackedMs / 1000,
    synced_s: ms.SYNCED / 1000,
    out_of_sync_s: ms.OUT_OF_SYNC / 1000,
    unknown_s: ms.UNKNOWN / 1000,
    stale_s: ms.STALE / 1000,
    in_sync_ratio: compliance.inSyncRatio ?? null,
    coverage: compliance.coverage ?? null,
    incidents: compliance.incidents,
    mean_time_to_resolve_s: meanTimeToResolveMs === undefined ? null : meanTimeToResolveMs / 1000,
    median_time_to_resolve_s: medianTimeToResolveMs === undefined ? null : medianTimeToResolveMs / 1000,
  };
}
