import type { NewEvent } from '../event.ts';
import { type Target, targetKey } from '../target.ts';
import { Accepting } from './accept.ts';
import type { Facts, Need } from './facts.ts';
import type { AcceptedAnswer } from './judge.ts';
import { planTarget, type TargetPlan } from './plan-target.ts';
import { SimilarNames } from './similar-names.ts';
import type { InternedSubmission, Outcome } from './submission.ts';

/** Everything that a transaction is decided from. */
export interface RecordInput {
  readonly facts: Facts;
  readonly submissions: readonly InternedSubmission[];
  /** Epoch milliseconds, of the store's clock. */
  readonly now: number;
  /** Reports checked before this instant are no longer stored. */
  readonly reportsFrom: number;
  /** The id for the next new incident; further ones follow it. */
  readonly nextIncidentId: number;
}

/** The result of a transaction: every row to write, every answer and every event. */
export interface RecordPlan {
  /** One for each submission, in order. */
  readonly outcomes: readonly Outcome[];
  readonly targets: readonly TargetPlan[];
  readonly events: readonly NewEvent[];
}

/** The plan, or what has to be loaded before there can be one. */
export type Planning =
  | { readonly kind: 'planned'; readonly plan: RecordPlan }
  | { readonly kind: 'needs'; readonly needs: readonly Need[] };

/**
 * Plans a transaction from the facts loaded so far, or says what else has to be loaded; the caller loads it and calls
 * again. The first round loads targets, the second the surroundings of late reports and possible duplicates, the third
 * the drift that late reports cut in two. A fourth is needed only if a duplicate changes the position of another report
 * of the transaction. The usual report needs only its target.
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
  const similar = new SimilarNames(input.facts);
  let isComplete = true;
  for (const one of accepting.accepted()) {
    const planned = planTarget(one, context);
    if (!similar.look(one)) isComplete = false;
    if (planned === undefined) isComplete = false;
    else {
      targets.push(planned.plan);
      events.push(...planned.events);
    }
  }
  if (!isComplete || !decided.every(isDecided)) return undefined;
  return { outcomes: outcomesOf(decided, { targets, similar, facts: input.facts }), targets, events };
}

function outcomesOf(
  decided: readonly Decided[],
  { targets, similar, facts }: { targets: readonly TargetPlan[]; similar: SimilarNames; facts: Facts },
): Outcome[] {
  const planned = new Map(targets.map(({ target, status }) => [targetKey(target), status]));
  const statusOf = (target: Target) =>
    planned.get(targetKey(target)) ?? facts.get({ kind: 'target', target })?.answer?.status;
  return decided.map((one) => {
    if (one.kind === 'refused') return one;
    const answers = one.answers.map((answer) => {
      const { target } = answer;
      const status = statusOf(target);
      if (status === undefined)
        throw new Error('A recorded report must have a target that stands somewhere.');
      return {
        since: status.since,
        staleAt: status.staleAt,
        incident: status.incident,
        similar: similar.to(target),
        ...answer,
      };
    });
    return { kind: 'recorded', answers };
  });
}
