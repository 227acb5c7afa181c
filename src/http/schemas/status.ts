import { z } from '@hono/zod-openapi';
import { SYNC_STATUSES } from '../../domain/finding.ts';
import { formatInstant } from '../../domain/instant.ts';
import { STATES, type State, stateAt } from '../../domain/state.ts';
import type { OpenIncident, TargetStatus } from '../../store/store.ts';
import { instant } from './instant.ts';

export const cause = z
  .enum(['host_changed', 'commit_not_applied'])
  .nullable()
  .openapi({ description: 'Why it drifted, as far as the commits tell' });

export const openIncident = z.object({ id: z.number().int(), opened_at: instant, cause }).nullable();

export const statusRow = z
  .object({
    repo: z.string(),
    server: z.string(),
    sync_status: z.enum(SYNC_STATUSES),
    drift_count: z.number().int(),
    files: z.array(z.looseObject({ name: z.string() })),
    last_check: instant,
    state: z.enum(STATES),
    since: instant,
    stale_at: instant,
    received_at: instant,
    last_synced_at: instant.nullable(),
    commit: z.string().nullable(),
    branch: z.string().nullable(),
    run_url: z.string().nullable(),
    error: z.string().nullable(),
    error_kind: z.string().nullable(),
    incident: openIncident,
  })
  .openapi('Status');

export function stateOf({ finding, checkedAt, staleAt }: TargetStatus, at: number): State {
  return stateAt({ syncStatus: finding.syncStatus, checkedAt, staleAt }, at);
}

/** A stale target is stale since its last report ran out; any other state has lasted since its run began. */
export function sinceOf(status: TargetStatus, at: number): number {
  return stateOf(status, at) === 'STALE' ? Math.min(status.staleAt, at) : status.since;
}

export function toStatusRow(status: TargetStatus, at: number): z.infer<typeof statusRow> {
  const { finding, lastSyncedAt } = status;
  return {
    ...status.target,
    sync_status: finding.syncStatus,
    drift_count: finding.driftCount,
    files: [...finding.files],
    last_check: formatInstant(status.checkedAt),
    state: stateOf(status, at),
    since: formatInstant(sinceOf(status, at)),
    stale_at: formatInstant(status.staleAt),
    received_at: formatInstant(status.receivedAt),
    last_synced_at: lastSyncedAt === undefined ? null : formatInstant(lastSyncedAt),
    commit: status.commit ?? null,
    branch: status.branch ?? null,
    run_url: status.runUrl ?? null,
    error: status.error ?? null,
    error_kind: status.errorKind ?? null,
    incident: toOpenIncident(status.incident),
  };
}

export function toOpenIncident(incident: OpenIncident | undefined): z.infer<typeof openIncident> {
  if (incident === undefined) return null;
  return { id: incident.id, opened_at: formatInstant(incident.openedAt), cause: incident.cause ?? null };
}
