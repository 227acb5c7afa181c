import type { Condition, Message, Problem } from './message.ts';

/** Problems within this time are told together. It is longer than the reports of one run take to arrive. */
export const GROUP_MS = 15_000;
/** A thread tells at most one update, and one resolve, in this time. */
export const UPDATE_MS = 5 * 60_000;
/** How soon a muted problem is looked at again. */
export const MUTED_MS = 60_000;

/** One problem of one target, as far as one channel is told about it. */
export interface Notification {
  /** Undefined before it is stored. */
  readonly id: number | undefined;
  readonly targetId: number;
  /** A flapping notification stands for all incidents of the target until these become fewer. */
  readonly condition: Condition;
  readonly isFlapping: boolean;
  /** The incident of a drift. */
  readonly incidentId: number | undefined;
  readonly since: number;
  /** When it was first seen by the channel. */
  readonly recordedAt: number;
  /** When it is told, or looked at again while it is muted. */
  readonly dueAt: number;
  /** Set if it was muted when due: it is not looked at before this instant. */
  readonly heldUntil: number | undefined;
  readonly repeatMs: number;
  /** Undefined until it is due. An alert channel has no threads. */
  readonly thread: string | undefined;
  /** As it was last told. */
  readonly told: Problem | undefined;
  /** When it was first told; undefined until then. */
  readonly toldAt: number | undefined;
  /** Whether the files or the cause have changed since it was told. */
  readonly hasNews: boolean;
  /** When it was seen that it is over; `told` then has the resolution. Undefined while it lasts. */
  readonly overAt: number | undefined;
  /** When it was told that it is over. */
  readonly closedAt: number | undefined;
  /** The last message that tells it. */
  readonly messageId: string | undefined;
}

/** The messages to one channel about one cause. It is open until all of it is over. */
export interface Thread {
  /** The id of its first message. */
  readonly id: string;
  readonly key: string;
  readonly repo: string;
  readonly condition: Condition;
  readonly about: Message['about'];
  /** When it must be looked at; undefined while a message is on its way, and once it is closed. */
  readonly actAt: number | undefined;
  /** When the last message other than a resolve was decided; undefined before the first. */
  readonly toldAt: number | undefined;
  /** The same for the last resolve. */
  readonly resolvedAt: number | undefined;
  readonly closedAt: number | undefined;
  /** The message on its way. There is one at a time, so after an outage a channel has one per thread to catch up. */
  readonly outgoing: Outgoing | undefined;
}

/** A message that is decided and not sent yet. Its problems are the notifications with its id, as they were told. */
interface Outgoing extends Pick<Message, 'id' | 'phase' | 'at' | 'stillOpen'> {
  /** How often it failed. */
  readonly attempts: number;
  readonly tryAt: number;
}

/** When something new is due. */
export function dueAtOf({ since, recordedAt }: { since: number; recordedAt: number }, forMs: number): number {
  return Math.max(since + forMs, recordedAt + GROUP_MS);
}

/** Whether there is something new to tell: files that were not named yet, or another cause. */
export function isNews(told: Problem, now: Problem): boolean {
  const known = new Set(told.files);
  const cause = (problem: Problem) =>
    problem.condition === 'unknown' ? problem.errorKind : problem.incident?.cause;
  const isOther = cause(now) !== undefined && cause(now) !== cause(told);
  return isOther || (now.condition === 'drift' && now.files.some((name) => !known.has(name)));
}
