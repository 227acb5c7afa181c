import { sameCommit } from './commit.ts';
import type { Incident } from './incident.ts';
import type { State } from './state.ts';
import type { Labels } from './target.ts';

/** What is known about a target when somebody asks who acts next. */
export interface NextFacts {
  readonly state: State;
  /** The open incident, and the commit of the last deploy after which the target was still out of sync. */
  readonly incident:
    | (Pick<Incident, 'cause'> & { readonly deployed: { readonly commit: string } | undefined })
    | undefined;
  /** The commit of the newest report. */
  readonly commit: string | undefined;
  readonly lastSyncedAt: number | undefined;
  readonly errorKind: string | undefined;
  readonly labels: Labels;
}

/** Who acts, and what they do. */
export interface Step {
  readonly who: string;
  readonly what: string;
}

/**
 * Who acts next, by the first rule that fits; none if nothing is to be done. If an incident is also UNKNOWN or STALE,
 * there are two steps: the first makes the state known again, the second is the incident's.
 */
export function nextSteps(facts: NextFacts): readonly Step[] {
  const { state } = facts;
  const steps: Step[] = [];
  if (state === 'STALE') steps.push(PIPELINE);
  if (state === 'UNKNOWN') steps.push(UNREACHABLE.test(facts.errorKind ?? '') ? HOST : CHECK);
  if (facts.incident !== undefined) steps.push(stepOfIncident(facts, facts.incident));
  return steps;
}

/** The same in one line, the owner first if a label names one; undefined if nothing is to be done. */
export function nextStep(facts: NextFacts): string | undefined {
  const steps = nextSteps(facts);
  if (steps.length === 0) return undefined;
  const said = steps.map(({ who, what }) => `${who}: ${what}`).join('; ');
  const owner = Object.hasOwn(facts.labels, 'owner') ? facts.labels.owner : undefined;
  if (owner === undefined) return said;
  const isOwners = steps[0]?.who === OWNER.who;
  return isOwners ? `${owner} (owner)${said.slice(OWNER.who.length)}` : `${owner} (owner); ${said}`;
}

/** The project's reporter says `unreachable`. Other checks say `host_unreachable` or `connection_refused`. */
const UNREACHABLE = /(?:^|[^a-z])(?:unreachable|connection)(?:$|[^a-z])/i;

const PIPELINE: Step = { who: 'the operator of the pipeline', what: 'make the check run and report' };
const HOST: Step = { who: 'the operator of the host', what: 'make the host reachable' };
const CHECK: Step = { who: 'the maintainer of the check', what: 'repair the check' };
const PLAYBOOK: Step = {
  who: 'the maintainer of the playbook',
  what: 'make the playbook converge, because the host still differs after a deploy that succeeded',
};
const HOST_CHANGED: Step = {
  who: 'the person who changed the host',
  what: 'revert the change there, or commit it',
};
const NOT_APPLIED: Step = { who: 'the deploy of that commit', what: 'run it, or find out why it failed' };
const OWNER: Step = { who: 'the owner', what: 'deploy it, because it was never in sync yet' };
const NOT_KNOWN: Step = {
  who: 'the owner',
  what: 'compare the host with the repo, because the cause is not known',
};

function stepOfIncident(
  { commit, lastSyncedAt }: NextFacts,
  { cause, deployed }: NonNullable<NextFacts['incident']>,
): Step {
  if (deployed !== undefined && commit !== undefined && sameCommit(deployed.commit, commit)) return PLAYBOOK;
  if (cause === 'host_changed') return HOST_CHANGED;
  if (cause === 'commit_not_applied') return NOT_APPLIED;
  return lastSyncedAt === undefined ? OWNER : NOT_KNOWN;
}
