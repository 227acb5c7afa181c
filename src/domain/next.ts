import type { Incident } from './incident.ts';
import type { State } from './state.ts';
import type { Labels } from './target.ts';

/** What is known of a target when somebody asks who acts next. */
export interface NextFacts {
  readonly state: State;
  /** The open incident. */
  readonly incident: Pick<Incident, 'cause' | 'deployed'> | undefined;
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
 * Who acts next, by the first rule that fits; none where nothing is to be done. An incident that is UNKNOWN or STALE as
 * well has two steps: first what makes it known again, then the incident's.
 */
export function nextSteps(facts: NextFacts): readonly Step[] {
  const { state } = facts;
  const steps: Step[] = [];
  if (state === 'STALE') steps.push(PIPELINE);
  if (state === 'UNKNOWN') steps.push(facts.errorKind === 'unreachable' ? HOST : CHECK);
  if (facts.incident !== undefined) steps.push(stepOfIncident(facts, facts.incident));
  return steps;
}

/** The same in one line, the owner first where a label names one; undefined where nothing is to be done. */
export function nextStep(facts: NextFacts): string | undefined {
  const steps = nextSteps(facts);
  if (steps.length === 0) return undefined;
  const { owner } = facts.labels;
  const said = steps.map(({ who, what }) => `${who}: ${what}`);
  return [...(owner === undefined ? [] : [owner]), ...said].join('; ');
}

const PIPELINE: Step = { who: 'the operator of the pipeline', what: 'make the check run again' };
const HOST: Step = { who: 'the operator of the host', what: 'make the host reachable' };
const CHECK: Step = { who: 'the maintainer of the check', what: 'repair the check' };
const PLAYBOOK: Step = {
  who: 'the maintainer of the playbook',
  what: 'the deploy succeeded and the host still differs: make the playbook converge',
};
const HOST_CHANGED: Step = {
  who: 'the person who changed the host',
  what: 'revert the change there, or commit it',
};
const NOT_APPLIED: Step = { who: 'the deploy of that commit', what: 'run it, or find out why it failed' };
const OWNER: Step = { who: 'the owner', what: 'it was never in sync yet: deploy it' };
const NOT_KNOWN: Step = {
  who: 'the owner',
  what: 'the cause is not known: compare the host with the repository',
};

function stepOfIncident(
  { commit, lastSyncedAt }: NextFacts,
  { cause, deployed }: NonNullable<NextFacts['incident']>,
): Step {
  if (deployed !== undefined && deployed.commit === commit) return PLAYBOOK;
  if (cause === 'host_changed') return HOST_CHANGED;
  if (cause === 'commit_not_applied') return NOT_APPLIED;
  return lastSyncedAt === undefined ? OWNER : NOT_KNOWN;
}
