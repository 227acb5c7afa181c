import { z } from '@hono/zod-openapi';
import { SYNC_STATUSES } from '../../domain/finding.ts';
import { formatInstant } from '../../domain/instant.ts';
import { STATES } from '../../domain/state.ts';
import type { LiveEvent } from '../../live/signals.ts';
import { instant } from './instant.ts';

export const changeData = z
  .object({
    repo: z.string(),
    server: z.string(),
    state: z.enum(STATES),
    previous_state: z.enum(STATES).nullable().openapi({ description: 'Null for a new target' }),
    since: instant,
    sync_status: z.enum(SYNC_STATUSES),
    drift_count: z.number().int(),
    last_check: instant,
    stale_at: instant,
    incident_opened_at: instant
      .nullable()
      .openapi({ description: 'Of the incident that it is about; else of the open one, if any' }),
  })
  .openapi('Change', { description: 'What an event says of its target' });

/** The data of an event: of a target that is gone, only which it was. */
export function toEventData({
  what,
}: LiveEvent): z.infer<typeof changeData> | { repo: string; server: string } {
  if (what.kind === 'forgotten') return { ...what.target };
  return {
    ...what.target,
    state: what.state,
    previous_state: what.previousState ?? null,
    since: formatInstant(what.since),
    sync_status: what.syncStatus,
    drift_count: what.driftCount,
    last_check: formatInstant(what.checkedAt),
    stale_at: formatInstant(what.staleAt),
    incident_opened_at: what.incidentOpenedAt === undefined ? null : formatInstant(what.incidentOpenedAt),
  };
}
