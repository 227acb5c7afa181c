import type { Acknowledgement } from '../../domain/acknowledgement.ts';
import type { Actor } from '../../domain/action.ts';

/** What is joined as `a`, by its key, to anything that names an incident. */
export const ACKNOWLEDGEMENT_COLUMNS = `a.by_name AS "acknowledgedBy", a.by_verified AS "acknowledgedVerified",
  a.note AS "acknowledgedNote", a.at AS "acknowledgedAt"`;

/** Null if nobody works on the incident. */
export interface AcknowledgementColumns {
  readonly acknowledgedBy: string | null;
  readonly acknowledgedVerified: boolean | null;
  readonly acknowledgedNote: string | null;
  readonly acknowledgedAt: number | null;
}

export function toAcknowledgement({
  acknowledgedAt: at,
  acknowledgedBy,
  acknowledgedVerified,
  acknowledgedNote,
}: AcknowledgementColumns): Acknowledgement | undefined {
  if (at === null) return undefined;
  return { by: toActor(acknowledgedBy, acknowledgedVerified), note: acknowledgedNote ?? undefined, at };
}

export function toActor(name: string | null, verified: boolean | null): Actor {
  return { name: name ?? undefined, verified: verified === true };
}
