import { z } from '@hono/zod-openapi';
import { ACTION_KINDS, type RecordedAction } from '../../domain/action.ts';
import { formatInstant } from '../../domain/instant.ts';
import { instant } from './instant.ts';

export const actionRow = z
  .object({
    id: z.number().int(),
    at: instant,
    actor: z.string().nullable().openapi({
      description: 'The name of the token or person; null where nobody said who it was',
    }),
    verified: z.boolean().openapi({ description: 'False where the name is only what somebody typed' }),
    what: z
      .enum(ACTION_KINDS)
      .openapi({ description: 'Later versions may add kinds: ignore those you do not know' }),
    repo: z.string().nullable().openapi({
      description: 'Null, like `server`, where it is about no single target; the name of that time',
    }),
    server: z.string().nullable(),
    incident_id: z.number().int().nullable(),
    detail: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: 'What else a kind has to say' }),
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
