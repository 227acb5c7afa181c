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

/** Why it was written: by a report, in order or late, by an import, by time, by a deletion or by a person. */
export const EVENT_ORIGINS = ['report', 'late', 'import', 'time', 'delete', 'action'] as const;
type EventOrigin = (typeof EVENT_ORIGINS)[number];

/** One line of the event log, as it is about to be written. Instants are epoch milliseconds. */
export interface NewEvent {
  readonly kind: EventKind;
  readonly origin: EventOrigin;
  /** The name of the token or the person behind it. */
  readonly actor: string | undefined;
  /** When it was written down. */
  readonly recordedAt: number;
  /** When it became true: it may lie before that of an earlier event. */
  readonly effectiveAt: number;
  /** Undefined where it is about no single target. */
  readonly repo: string | undefined;
  readonly server: string | undefined;
  /** The target's, as they were then. */
  readonly labels: Labels;
  readonly previousState: State | undefined;
  /** The state the target is in since; undefined where it has none. */
  readonly state: State | undefined;
  /** The incident that it is about, else the one that is open; as it was then. */
  readonly incident: OpenIncident | undefined;
  readonly driftCount: number | undefined;
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
  readonly detail: { readonly [key: string]: Json } | undefined;
}

/** One that was written. `seq` grows and is never used again. */
export interface LoggedEvent extends NewEvent {
  readonly seq: number;
}
