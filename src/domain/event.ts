import type { Json } from './finding.ts';
import type { OpenIncident } from './incident.ts';
import type { State } from './state.ts';
import type { Labels } from './target.ts';

export const EVENT_KINDS = [
  'target_added',
  'target_deleted',
  'state_changed',
  'commit_changed',
  'incident_opened',
  'incident_changed',
  'incident_resolved',
  'action',
] as const;
type EventKind = (typeof EVENT_KINDS)[number];

/** What caused the event: a report in order or a late one, an import, the passing of time, a deletion or a person. */
export const EVENT_ORIGINS = ['report', 'late', 'import', 'time', 'delete', 'action'] as const;
type EventOrigin = (typeof EVENT_ORIGINS)[number];

/** An event before it is written. Instants are epoch milliseconds. */
export interface NewEvent {
  readonly kind: EventKind;
  readonly origin: EventOrigin;
  /** The name of the token or the person that caused it. */
  readonly actor: string | undefined;
  /** When it was written. */
  readonly recordedAt: number;
  /** When it became true, which may be before the `effectiveAt` of an earlier event. */
  readonly effectiveAt: number;
  /** Undefined if the event is not about one target. */
  readonly repo: string | undefined;
  readonly server: string | undefined;
  /** The labels of the target at that time. */
  readonly labels: Labels;
  readonly previousState: State | undefined;
  /** The state of the target after the event; undefined if it has none. */
  readonly state: State | undefined;
  /** The incident that the event is about, or the open one, as it was at that time. */
  readonly incident: OpenIncident | undefined;
  readonly driftCount: number | undefined;
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
  readonly detail: { readonly [key: string]: Json } | undefined;
}

/** An event in the log. `seq` grows and is never reused. */
export interface LoggedEvent extends NewEvent {
  readonly seq: number;
}
