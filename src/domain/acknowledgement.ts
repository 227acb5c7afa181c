import type { Actor } from './action.ts';

/** Somebody works on an incident. The acknowledgement ends with the incident. */
export interface Acknowledgement {
  readonly by: Actor;
  readonly note: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The result of acknowledging an incident. */
export type AcknowledgementRefusal =
  /** There is no such incident, or its target is deleted. */
  | 'not_found'
  /** The incident is resolved: there is nothing left to work on. */
  | 'resolved';

/** Why an incident cannot be acknowledged; undefined if it can. */
export function acknowledgementRefusal(
  incident: { readonly resolvedAt: number | undefined } | undefined,
): AcknowledgementRefusal | undefined {
  if (incident === undefined) return 'not_found';
  return incident.resolvedAt === undefined ? undefined : 'resolved';
}
