import type { NewEvent } from '../event.ts';
import { type Target, targetKey } from '../target.ts';
import { Accepting } from './accept.ts';
import type { Facts, Need } from './facts.ts';
import type { AcceptedAnswer } from './judge.ts';
import { planTarget, type TargetPlan } from './plan-target.ts';
import type { InternedSubmission, Outcome } from './submission.ts';

/** All that a transaction is decided from. */
export interface RecordInput {
  readonly facts: Facts;
  readonly submissions: readonly InternedSubmission[];
  /** Epoch milliseconds, of the store's clock. */
  readonly now: number;
  /** What was checked before is no longer kept. */
  readonly reportsFrom: number;
  /** The id of the first incident that may be opened; others follow it. */
  readonly nextIncidentId: number;
}

/** What a transaction comes to: every row to write, every answer and every event. */
export interface RecordPlan {
  /** One for each submission, in order. */
  readonly outcomes: readonly Outcome[];
  readonly targets: readonly TargetPlan[];
  readonly events: readonly NewEvent[];
}

/** A transaction is planned, or something has to be loaded before it can be. */
export type Planning =
  | { readonly kind: 'planned'; readonly plan: RecordPlan }
  | { readonly kind: 'needs'; readonly needs: readonly Need[] };

/**
 * Decides a whole transaction from what was loaded so far, or says what else has to be loaded: then it is asked again,
 * with the answers among the facts. Targets come first, then what is around late reports and may be a duplicate, then
 * what they cut in two: three rounds, and another one only where a duplicate turns out to have moved another report of
 * its transaction. The usual report needs its target and nothing else.
 */
export function planRecord(input: RecordInput): Planning {
  const plan = decide(input);
  const needs = input.facts.takeMissing();
  if (plan !== undefined && needs.length === 0) return { kind: 'planned', plan };
  if (needs.length === 0) throw new Error('A transaction cannot be planned, and it needs nothing more.');
  return { kind: 'needs', needs };
}

type Decided =
  | { readonly kind: 'accepted'; readonly answers: readonly AcceptedAnswer[] }
  | Extract<Outcome, { kind: 'refused' }>;

function decide(input: RecordInput): RecordPlan | undefined {
  const accepting = new Accepting(input);
  const decided = input.submissions.map((submission) => accepting.decide(submission));
  const isDecided = (one: (typeof decided)[number]): one is Decided => one.kind !== 'undecided';
  let nextIncidentId = input.nextIncidentId;
  const context = { ...input, newIncidentId: () => nextIncidentId++ };
  const targets: TargetPlan[] = [];
  const events: NewEvent[] = [];
  let isComplete = true;
  for (const one of accepting.accepted()) {
    const planned = planTarget(one, context);
    if (planned === undefined) isComplete = false;
    else {
      targets.push(planned.plan);
      events.push(...planned.events);
    }
  }
  if (!isComplete || !decided.every(isDecided)) return undefined;
  return { outcomes: outcomesOf(decided, targets, input.facts), targets, events };
}

function outcomesOf(decided: readonly Decided[], targets: readonly TargetPlan[], facts: Facts): Outcome[] {
  const planned = new Map(targets.map(({ target, status }) => [targetKey(target), status]));
  const statusOf = (target: Target) =>
    planned.get(targetKey(target)) ?? facts.get({ kind: 'target', target })?.answer?.status;
  return decided.map((one) => {
    if (one.kind === 'refused') return one;
    const answers = one.answers.map(({ target, ...answer }) => {
      const status = statusOf(target);
      if (status === undefined)
        throw new Error('A recorded report must have a target that stands somewhere.');
      return { ...answer, since: status.since, staleAt: status.staleAt, incident: status.incident };
    });
    return { kind: 'recorded', answers };
  });
}
