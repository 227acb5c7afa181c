import type { NewEvent } from './event.ts';
import type { Json } from './finding.ts';
import type { OpenIncident } from './incident.ts';
import type { Labels } from './target.ts';

/** What somebody can do, beside reporting. Later versions may add kinds. */
export const ACTION_KINDS = [
  'target_declared',
  'target_renamed',
  'target_deleted',
  /** Its history was removed, too. */
  'target_purged',
  'muted',
  'mute_changed',
  'mute_ended',
  'acknowledged',
  'acknowledgement_changed',
  'acknowledgement_ended',
] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** Who did something. */
export interface Actor {
  /** The name of a token or a person; undefined if nobody said who it was. */
  readonly name: string | undefined;
  /** False if the name is only what somebody typed. */
  readonly verified: boolean;
}

type Detail = { readonly [key: string]: Json };

/** Something that somebody did, before it is written. */
export interface NewAction {
  /** Epoch milliseconds. */
  readonly recordedAt: number;
  readonly actor: Actor;
  readonly what: ActionKind;
  /** Undefined, as is `server`, if the action is not about a single target. */
  readonly repo?: string | undefined;
  readonly server?: string | undefined;
  readonly incidentId?: number | undefined;
  readonly detail?: Detail | undefined;
}

export interface RecordedAction extends NewAction {
  readonly id: number;
}

/** What an action was about, as it was at that time. */
export interface ActionSubject {
  readonly labels: Labels;
  readonly incident?: OpenIncident | undefined;
}

/** The event log has these actions as their effect on the target. */
const TOLD_AS_THEMSELVES: readonly ActionKind[] = ['target_declared', 'target_renamed', 'target_deleted'];

/** The event of an action; undefined if another event tells it. */
export function actionEvent(
  action: NewAction,
  { labels, incident }: ActionSubject = { labels: {} },
): NewEvent | undefined {
  const { what, actor, recordedAt, repo, server, detail } = action;
  if (TOLD_AS_THEMSELVES.includes(what)) return undefined;
  const event: NewEvent = {
    kind: 'action',
    origin: 'action',
    actor: undefined,
    recordedAt,
    effectiveAt: recordedAt,
    repo,
    server,
    labels,
    previousState: undefined,
    state: undefined,
    incident,
    driftCount: undefined,
    commit: undefined,
    runUrl: undefined,
    detail: { what, ...detail },
  };
  return eventBy(actor, event);
}

/** Adds who caused the event. Readers see whether the name is only what somebody typed. */
export function eventBy(actor: Actor | undefined, event: NewEvent): NewEvent {
  if (actor?.name === undefined) return event;
  const detail = actor.verified ? event.detail : { ...event.detail, verified: false };
  return { ...event, actor: actor.name, detail };
}
