import { type Target, targetKey } from '../target.ts';
import { type Acceptance, type Accepted, newestOf, type Working, withAccepted } from './accepted.ts';
import type { ExistingTarget, FormerName } from './facts.ts';
import { type AcceptedAnswer, type Judged, judge, UNDECIDED } from './judge.ts';
import {
  type InternedReport,
  type InternedSubmission,
  REFUSAL_CODES,
  type Refusal,
  type RefusalCode,
} from './submission.ts';

export type Decision =
  | { readonly kind: 'accepted'; readonly answers: readonly AcceptedAnswer[] }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly refusals: readonly Refusal[] }
  /** Something has to be loaded first. */
  | { readonly kind: 'undecided' };

/** Accepts or refuses each submission as a whole, in order of arrival. */
export class Accepting {
  readonly #acceptance: Acceptance;
  readonly #targets = new Map<string, Working>();

  constructor(acceptance: Acceptance) {
    this.#acceptance = acceptance;
  }

  /** The accepted reports of each target. */
  accepted(): {
    readonly target: Target;
    readonly existing: ExistingTarget | undefined;
    readonly accepted: readonly Accepted[];
  }[] {
    return [...this.#targets.values()].flatMap(({ existing, accepted }) => {
      const [first] = accepted;
      return first === undefined ? [] : [{ target: first.posted.target, existing, accepted }];
    });
  }

  decide(submission: InternedSubmission): Decision {
    const draft = new Map<string, Working>();
    const answers: AcceptedAnswer[] = [];
    const refusals: Refusal[] = [];
    let isUndecided = false;
    for (const [index, one] of submission.reports.entries()) {
      const judged = this.#judge(one, submission, draft);
      if (judged.kind === 'undecided') isUndecided = true;
      else if (judged.kind === 'refused') refusals.push({ ...judged.reason, index });
      else answers.push(judged.answer);
    }
    const [first] = refusals;
    // One answer has one code: the refusals with the code of the first.
    if (first !== undefined) {
      const code = REFUSAL_CODES[first.kind];
      return { kind: 'refused', code, refusals: refusals.filter(({ kind }) => REFUSAL_CODES[kind] === code) };
    }
    for (const [key, working] of draft) this.#targets.set(key, working);
    return isUndecided ? { kind: 'undecided' } : { kind: 'accepted', answers };
  }

  #judge(interned: InternedReport, submission: InternedSubmission, draft: Map<string, Working>): Judged {
    const { target } = interned.report;
    const key = targetKey(target);
    let working = draft.get(key) ?? this.#targets.get(key);
    if (working === undefined) {
      const loaded = this.#acceptance.facts.get({ kind: 'target', target });
      if (loaded === undefined) return UNDECIDED;
      const former = loaded.answer === undefined ? this.#formerName(target) : undefined;
      if (former === 'undecided') return UNDECIDED;
      if (former !== undefined) return this.#judge(renamed(interned, former), submission, draft);
      working = workingOn(loaded.answer);
    }
    const judged = judge(interned, submission, { working, ...this.#acceptance });
    const accepted = judged.kind === 'undecided' ? judged.likely : judged.kind === 'new' && judged.accepted;
    if (accepted) draft.set(key, withAccepted(working, accepted));
    return judged;
  }

  /** No target has this name: it is a former name, or a new one. */
  #formerName(target: Target): FormerName | 'undecided' | undefined {
    const former = this.#acceptance.facts.get({ kind: 'former_name', target });
    return former === undefined ? 'undecided' : former.answer;
  }
}

/** A target before the first report of the transaction about it. */
function workingOn(existing: ExistingTarget | undefined): Working {
  const status = existing?.status;
  return {
    existing,
    newest: status && newestOf(status),
    newestReceivedAt: status?.newestReceivedAt ?? Number.NEGATIVE_INFINITY,
    newestLastCheckAt: status?.newestLastCheckAt ?? Number.NEGATIVE_INFINITY,
    accepted: [],
  };
}

function renamed(interned: InternedReport, { target, renamedAt }: FormerName): InternedReport {
  const { report } = interned;
  const formerly = { target: report.target, renamedAt };
  return { ...interned, report: { ...report, target }, formerly };
}
