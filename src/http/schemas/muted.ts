import { z } from '@hono/zod-openapi';
import type { Acknowledgement } from '../../domain/acknowledgement.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Mute } from '../../domain/mute.ts';
import { instant } from './instant.ts';

/** Who did something. */
export const actorShape = {
  by: z
    .string()
    .nullable()
    .openapi({ description: 'The name of a token or a person; null if it is not known' }),
  by_verified: z.boolean().openapi({ description: 'False if somebody only typed the name' }),
};

/** The mute of a target or an incident, in its rows. */
export const muted = z
  .object({
    id: z.number().int().openapi({ description: 'See `/api/v1/mutes/{id}`' }),
    until: instant.openapi({ description: 'It ends then at the latest' }),
    until_in_sync: z.boolean().openapi({ description: 'Whether it ends as soon as the target is in sync' }),
    ...actorShape,
    reason: z.string(),
  })
  .openapi({ title: 'MuteInForce' })
  .nullable()
  .openapi({ description: 'The mute that holds back messages about it. It does not change the state' });

export function toMuted(mute: Mute | undefined): z.infer<typeof muted> {
  if (mute === undefined) return null;
  return {
    id: mute.id,
    until: formatInstant(mute.endsAt),
    until_in_sync: mute.untilInSync,
    by: mute.by.name ?? null,
    by_verified: mute.by.verified,
    reason: mute.reason,
  };
}

const acknowledgementShape = {
  ...actorShape,
  note: z.string().nullable(),
  at: instant.openapi({ description: 'Since when' }),
};

/** Who works on an incident, in its rows. */
export const acknowledgement = z
  .object(acknowledgementShape)
  .openapi({ title: 'Acknowledgement' })
  .nullable()
  .openapi({ description: 'Who works on the incident; null if nobody acknowledged it' });

export const incidentAcknowledgement = z
  .object({
    incident_id: z.number().int(),
    ...acknowledgementShape,
    in_force: z.boolean().openapi({ description: 'False if the incident is resolved' }),
  })
  .openapi('IncidentAcknowledgement');

export function toAcknowledgementFields({ by, note, at }: Acknowledgement) {
  return { by: by.name ?? null, by_verified: by.verified, note: note ?? null, at: formatInstant(at) };
}

export function toAcknowledgement(of: Acknowledgement | undefined): z.infer<typeof acknowledgement> {
  return of === undefined ? null : toAcknowledgementFields(of);
}
