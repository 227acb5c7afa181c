import { z } from '@hono/zod-openapi';
import { ACTION_KINDS, type RecordedAction } from '../../domain/action.ts';
import { formatInstant } from '../../domain/instant.ts';
import { instant } from './instant.ts';

export const actionRow = z
  .object({
    id: z.number().int(),
    at: instant,
    actor: z.string().nullable().openapi({
      description: 'The name of the token or person; null if it is not known',
    }),
    verified: z.boolean().openapi({ description: 'False if somebody only typed the name' }),
    what: z
      .enum(ACTION_KINDS)
      .openapi({ description: 'Later versions may add kinds: ignore those you do not know' }),
    repo: z.string().nullable().openapi({
      description: 'The name at that time. Null, like `server`, if the action is not about one target',
    }),
    server: z.string().nullable(),
    incident_id: z.number().int().nullable(),
    detail: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: 'Further details; the keys depend on the kind' }),
  })
  .openapi('Action', { description: 'Something that somebody did' });

export function toActionRow(action: RecordedAction): z.infer<typeof actionRow> {
  return {
    id: action.id,
    at: formatInstant(action.recordedAt),
    actor: action.actor.name ?? null,
    verified: action.actor.verified,
    what: action.what,
    repo: action.repo ?? null,
    server: action.server ?? null,
    incident_id: action.incidentId ?? null,
    detail: action.detail ?? null,
  };
}
