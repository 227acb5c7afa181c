import type { OpenIncident } from '../incident.ts';
import type { Resolver } from '../resolution.ts';
import type { State } from '../state.ts';
import type { Labels, Target } from '../target.ts';

/** What can be wrong with a target, each with a `for` of its own. */
export const CONDITIONS = ['drift', 'unknown', 'stale', 'never_reported'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** How an incident or another problem ended. */
export interface Resolution {
  readonly at: number;
  /** The commit that resolved it; undefined if it was resolved by hand, or the commits are not known. */
  readonly commit: string | undefined;
  /** Undefined if it is not known. */
  readonly by: Resolver | undefined;
}

/** One target in a message. Instants are epoch milliseconds. */
export interface Problem {
  readonly target: Target;
  readonly condition: Condition;
  /** The labels that it had when it was first told. They stay the same until it is resolved. */
  readonly labels: Labels;
  /** The state of the target now. */
  readonly state: State;
  /** The incident of a drift. */
  readonly incident: OpenIncident | undefined;
  /** When the problem began: for a drift when its incident opened. */
  readonly since: number;
  readonly resolution: Resolution | undefined;
  /** The names of the files that differ, as far as they are known. */
  readonly files: readonly string[];
  /** Undefined if the number is not known. */
  readonly driftCount: number | undefined;
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
  /** Who acts next, in the words of `nextStep`; undefined if it is resolved. */
  readonly next: string | undefined;
  /** Who works on it. */
  readonly acknowledgedBy: string | undefined;
}

/** One message to one channel: everything that has the same cause. */
export interface Message {
  /** The same over retries, so that a receiver can recognise a repeat. Letters, digits, `_` and `-`. */
  readonly id: string;
  /** The first message of its thread; equal to `id` if this is the first. */
  readonly thread: string;
  /**
   * `opened`: new. `updated`: others joined it, or what differs changed. `repeated`: nothing changed, and it is still
   * open. `resolved`: some of it is over, or all.
   */
  readonly phase: 'opened' | 'updated' | 'repeated' | 'resolved';
  readonly condition: Condition;
  readonly repo: string;
  /**
   * Why it is told as one: the targets have the same cause (`group`), all targets of the repo are silent (`pipeline`), or
   * one target flaps (`flapping`).
   */
  readonly about: 'group' | 'pipeline' | 'flapping';
  /** When it was decided to tell it. */
  readonly at: number;
  /** What it tells, worst first; in an update and a resolve only what is new. */
  readonly problems: readonly Problem[];
  /** How many problems of its thread are still open after this message. */
  readonly stillOpen: number;
}
