import type { StoredIncident } from '../domain/incident.ts';
import type { Notification, Thread } from '../domain/notify/notification.ts';
import type { TargetFacts } from '../domain/notify/problems.ts';
import type { Target } from '../domain/target.ts';

/** The changes to a channel that are stored in one transaction. */
export interface NotificationChanges {
  /** How far the event log has been read. */
  readonly cursor?: number;
  /** Notifications without an id are new. */
  readonly write?: readonly Notification[];
  readonly remove?: readonly Notification[];
  readonly threads?: readonly Thread[];
  /** Threads with something new to tell: they are looked at from this instant on. */
  readonly touch?: { readonly threads: readonly string[]; readonly at: number };
}

/** How much waits for a channel. */
export interface NotificationBacklog {
  readonly messages: number;
  /** When the oldest unsent message was decided; undefined if there is none. */
  readonly oldestAt: number | undefined;
}

/**
 * What channels are told. Everything that waits is stored: until it is due, in a group, for a repeat or after a failure.
 * One process at a time works on it: the one that has the lease `messages`. All lists are in a stable order.
 */
export interface Notifications {
  /** Undefined where the channel is new. */
  cursor(channel: string): Promise<number | undefined>;

  /** The open notifications about these targets. */
  openOf(channel: string, targetIds: readonly number[]): Promise<readonly Notification[]>;

  /** The ids of targets, after a given one, with open notifications; ascending. */
  targetsToldOf(channel: string, after: number, limit: number): Promise<readonly number[]>;

  /** The same for all deleted targets, including those whose name is gone. */
  deletedTargets(channel: string): Promise<readonly number[]>;

  /** Notifications without a thread that were not told and are due by an instant, the earliest first. */
  waiting(channel: string, dueBy: number, limit: number): Promise<readonly Notification[]>;

  /** The open threads with these keys. */
  openThreads(channel: string, keys: readonly string[]): Promise<readonly Thread[]>;

  /** Threads that must be looked at by an instant. */
  actingThreads(channel: string, by: number, limit: number): Promise<readonly Thread[]>;

  /** The open notifications of a thread. */
  ofThread(thread: string): Promise<readonly Notification[]>;

  /** When a notification or a thread is due next; undefined if none is. */
  nextAt(channel: string): Promise<number | undefined>;

  /**
   * Stores changes in one transaction; when it resolves they are on disk. `fence`: that of the term in which they were
   * decided. Throws `TermOver`, and stores nothing, where another process has taken over since.
   */
  writeNotifications(channel: string, changes: NotificationChanges, fence?: number): Promise<void>;

  /**
   * The message to try next, with its notifications; undefined if none may be tried by now. A message that would wait
   * for more than a day was decided while the clock was ahead: it is tried.
   */
  nextMessage(
    channel: string,
    now: number,
  ): Promise<{ readonly thread: Thread; readonly notifications: readonly Notification[] } | undefined>;

  /** When a message may be tried next; undefined if none is on its way. */
  nextTryAt(channel: string): Promise<number | undefined>;

  /** All notifications that were told and are open. */
  told(channel: string): Promise<readonly Notification[]>;

  backlog(channel: string): Promise<NotificationBacklog>;
}

/** What is wrong now, in the whole fleet. Each answer is a consistent snapshot. */
export interface ProblemReader {
  /** What is known about targets, by id or by name. Deleted targets are left out. */
  targetFacts(of: {
    readonly ids?: readonly number[];
    readonly names?: readonly Target[];
    readonly now: number;
  }): Promise<readonly TargetFacts[]>;

  /** The ids of targets, after a given one, with a problem now; ascending. */
  troubledTargets(after: number, limit: number, now: number): Promise<readonly number[]>;

  incidentsById(ids: readonly number[]): Promise<readonly StoredIncident[]>;

  /** Whether the repo has at least two targets, and all of them are STALE. */
  isSilent(repo: string, now: number): Promise<boolean>;
}
