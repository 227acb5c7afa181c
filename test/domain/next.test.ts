import { describe, expect, test } from 'vitest';
import { type NextFacts, nextStep, nextSteps } from '../../src/domain/next.ts';

const WHOLE = '1234567890abcdef1234567890abcdef12345678';

const PIPELINE = 'the operator of the pipeline';
const HOST = 'the operator of the host';
const CHECK = 'the maintainer of the check';
const PLAYBOOK = 'the maintainer of the playbook';
const PERSON = 'the person who changed the host';
const DEPLOY = 'the deploy of that commit';
const OWNER = 'the owner';

/** In sync, with nothing to do. */
function facts(traits: Partial<NextFacts> = {}): NextFacts {
  return {
    state: 'SYNCED',
    incident: undefined,
    commit: WHOLE,
    lastSyncedAt: 1,
    errorKind: undefined,
    labels: {},
    ...traits,
  };
}

type Cause = 'host_changed' | 'commit_not_applied' | undefined;

const incident = (cause: Cause, deployed?: string) => ({
  cause,
  deployed: deployed === undefined ? undefined : { commit: deployed },
});

const drifted = (cause: Cause, deployed?: string, more: Partial<NextFacts> = {}) =>
  facts({ state: 'OUT_OF_SYNC', incident: incident(cause, deployed), ...more });

describe('who acts next', () => {
  test.each<[string, NextFacts, string[]]>([
    ['nobody if it is in sync', facts(), []],
    ['a deploy of the commit of the newest report', drifted(undefined, WHOLE), [PLAYBOOK]],
    ['such a deploy before any cause: host_changed', drifted('host_changed', WHOLE), [PLAYBOOK]],
    ['such a deploy before any cause: not applied', drifted('commit_not_applied', WHOLE), [PLAYBOOK]],
    ['such a deploy, by a short name', drifted('host_changed', WHOLE.slice(0, 7)), [PLAYBOOK]],
    ['a deploy of another commit, then the cause', drifted('commit_not_applied', 'other'), [DEPLOY]],
    [
      'a deploy, and the newest report has no commit',
      drifted(undefined, WHOLE, { commit: undefined }),
      [OWNER],
    ],
    ['host_changed', drifted('host_changed'), [PERSON]],
    ['commit_not_applied', drifted('commit_not_applied'), [DEPLOY]],
    ['never in sync yet', drifted(undefined, undefined, { lastSyncedAt: undefined }), [OWNER]],
    ['the cause is not known', drifted(undefined), [OWNER]],
    ['UNKNOWN, unreachable', facts({ state: 'UNKNOWN', errorKind: 'unreachable' }), [HOST]],
    [
      'UNKNOWN, unreachable by another word',
      facts({ state: 'UNKNOWN', errorKind: 'Host-Unreachable' }),
      [HOST],
    ],
    ['UNKNOWN, no connection', facts({ state: 'UNKNOWN', errorKind: 'connection_refused' }), [HOST]],
    ['UNKNOWN, whatever else', facts({ state: 'UNKNOWN', errorKind: 'task_failed' }), [CHECK]],
    [
      'UNKNOWN, a word that only looks like it',
      facts({ state: 'UNKNOWN', errorKind: 'disconnections' }),
      [CHECK],
    ],
    ['UNKNOWN without a kind', facts({ state: 'UNKNOWN' }), [CHECK]],
    ['STALE', facts({ state: 'STALE' }), [PIPELINE]],
    ['STALE after an UNKNOWN', facts({ state: 'STALE', errorKind: 'unreachable' }), [PIPELINE]],
    ['never reported', facts({ state: 'STALE', commit: undefined, lastSyncedAt: undefined }), [PIPELINE]],
    [
      'an incident that is UNKNOWN too says both',
      drifted('host_changed', undefined, { state: 'UNKNOWN', errorKind: 'unreachable' }),
      [HOST, PERSON],
    ],
    [
      'an incident that is STALE too says both',
      drifted('commit_not_applied', undefined, { state: 'STALE' }),
      [PIPELINE, DEPLOY],
    ],
  ])('%s', (_, known, expected) => {
    expect(nextSteps(known).map(({ who }) => who)).toEqual(expected);
  });

  test('distinguishes an unknown state from a target that was never in sync', () => {
    expect(nextStep(drifted(undefined))).toContain('the cause is not known');
    expect(nextStep(drifted(undefined, undefined, { lastSyncedAt: undefined }))).toContain('never in sync');
  });

  test('is one line: who and what, step by step', () => {
    expect(nextStep(facts())).toBeUndefined();
    expect(nextStep(drifted('host_changed'))).toBe(
      'the person who changed the host: revert the change there, or commit it',
    );
    expect(nextStep(drifted('host_changed', undefined, { state: 'STALE' }))).toBe(
      'the operator of the pipeline: make the check run and report; ' +
        'the person who changed the host: revert the change there, or commit it',
    );
  });

  test('begins with the owner if a label names one', () => {
    const labels = { env: 'prod', owner: 'team-core' };
    expect(nextStep(facts({ state: 'STALE', labels }))).toMatch(
      /^team-core \(owner\); the operator of the pipeline: /,
    );
    expect(nextStep(drifted(undefined, undefined, { lastSyncedAt: undefined, labels }))).toBe(
      'team-core (owner): deploy it, because it was never in sync yet',
    );
    expect(nextStep(facts({ labels }))).toBeUndefined();
  });
});
