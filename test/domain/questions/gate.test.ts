import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FindingSummary, SyncStatus } from '../../../src/domain/finding.ts';
import { commitsMeantBy, type GateQuestion, gateAt, MAX_TOLD } from '../../../src/domain/questions/gate.ts';
import type { StatusDetails } from '../../../src/domain/questions/reader.ts';
import { stateOf } from '../../../src/domain/target-status.ts';
import { MINUTE, NOON } from '../../fixtures.ts';

type Status = StatusDetails<FindingSummary>;

const TEXTS = {
  labels: {},
  check: undefined,
  branch: undefined,
  runUrl: undefined,
  error: undefined,
  errorKind: undefined,
  durationMs: undefined,
  deployedCommit: undefined,
  acknowledgement: undefined,
  reports: { SYNCED: 1, OUT_OF_SYNC: 0, UNKNOWN: 0 },
} as const;

interface Traits {
  readonly repo?: string;
  readonly server?: string;
  readonly syncStatus?: SyncStatus;
  readonly checkedAt?: number;
  readonly staleAt?: number;
  readonly commit?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly errorKind?: string;
}

/** SYNCED and checked at noon, valid for ten minutes, unless told otherwise. */
function aStatus(traits: Traits = {}): Status {
  const { repo = 'web', server = 'a', syncStatus = 'SYNCED', checkedAt = NOON, commit, ...rest } = traits;
  return {
    ...TEXTS,
    target: { repo, server },
    checkedAt,
    receivedAt: checkedAt,
    lastCheckAt: checkedAt,
    staleAt: checkedAt + 10 * MINUTE,
    finding: { id: 1, syncStatus, driftCount: undefined },
    commit,
    since: NOON,
    lastSyncedAt: undefined,
    incident: undefined,
    ...rest,
  };
}

const EXPECTED: Status = {
  ...TEXTS,
  target: { repo: 'web', server: 'awaited' },
  checkedAt: undefined,
  receivedAt: undefined,
  lastCheckAt: undefined,
  staleAt: undefined,
  finding: undefined,
  commit: undefined,
  since: NOON - MINUTE,
  lastSyncedAt: undefined,
  incident: undefined,
};

const ALL: GateQuestion = {
  filter: {},
  commit: undefined,
  since: undefined,
  maxAgeMs: undefined,
  expect: undefined,
};

const SHA = '0123456789abcdef0123456789abcdef01234567';
const NOW = NOON + MINUTE;

/** The result of each rule for one target. */
const passes = (status: Status, asked: Partial<GateQuestion> = {}, now = NOW) =>
  gateAt([status], { ...ALL, ...asked }, now).passed;

describe('a target passes the gate', () => {
  test.each<[string, boolean, Status, Partial<GateQuestion>, number?]>([
    ['SYNCED', true, aStatus(), {}],
    ['OUT_OF_SYNC', false, aStatus({ syncStatus: 'OUT_OF_SYNC' }), {}],
    ['UNKNOWN', false, aStatus({ syncStatus: 'UNKNOWN' }), {}],
    ['SYNCED, to the last moment before it is stale', true, aStatus(), {}, NOON + 10 * MINUTE - 1],
    ['STALE', false, aStatus(), {}, NOON + 10 * MINUTE],
    ['STALE, though max_age would do', false, aStatus(), { maxAgeMs: 60 * MINUTE }, NOON + 10 * MINUTE],
    ['from a future that is too far', false, aStatus({ checkedAt: NOW + 6 * MINUTE }), {}],
    ['expected and never reported', false, EXPECTED, {}],
    ['as old as may be', true, aStatus(), { maxAgeMs: MINUTE }],
    ['older than may be', false, aStatus(), { maxAgeMs: MINUTE - 1 }],
    ['begun just then', true, aStatus({ durationMs: 5000 }), { since: NOON - 5000 }],
    ['begun too early', false, aStatus({ durationMs: 5001 }), { since: NOON - 5000 }],
    ['without a duration, checked just then', true, aStatus(), { since: NOON }],
    ['without a duration, checked too early', false, aStatus(), { since: NOON + 1 }],
    ['of that commit', true, aStatus({ commit: SHA }), { commit: SHA }],
    ['of that commit, shortened in the question', true, aStatus({ commit: SHA }), { commit: '0123456' }],
    ['of that commit, shortened in the report', true, aStatus({ commit: '0123456' }), { commit: SHA }],
    ['of another commit', false, aStatus({ commit: SHA }), { commit: SHA.replace('0', 'f') }],
    ['without a commit', false, aStatus(), { commit: SHA }],
    ['shortened, but not of a whole name', false, aStatus({ commit: 'v1.2.3-4-g0' }), { commit: 'v1.2.3-' }],
    ['named in the same words', true, aStatus({ commit: 'v1.2.3-4' }), { commit: 'v1.2.3-4' }],
  ])('%s: %s', (_, expected, status, asked, now) => {
    expect(passes(status, asked, now)).toBe(expected);
  });

  test("not by its reporter's clock, if that is ahead", () => {
    const ahead: Status = { ...aStatus(), lastCheckAt: NOON + MINUTE } as Status;
    expect(passes(ahead, { since: NOON + 1 })).toBe(false);
  });

  test('says every reason why it does not', () => {
    const status = aStatus({ syncStatus: 'UNKNOWN', errorKind: 'unreachable', commit: 'abcdefg' });
    const gate = gateAt([status], { ...ALL, since: NOW, maxAgeMs: 1, commit: SHA }, NOW);
    const reasons = [
      { kind: 'not_synced', state: 'UNKNOWN', since: NOON, errorKind: 'unreachable' },
      { kind: 'too_old', checkedAt: NOON, maxAgeMs: 1 },
      { kind: 'began_before', beganAt: NOON, since: NOW },
      { kind: 'other_commit', commit: 'abcdefg', wanted: SHA },
    ];
    expect(gate).toMatchObject({ blocking: [{ repo: 'web', server: 'a', state: 'UNKNOWN', reasons }] });
  });
});

describe('the gate', () => {
  const two = [aStatus({ repo: 'web', server: 'a' }), aStatus({ repo: 'db', server: 'b' })];

  test('never passes if nothing matches', () => {
    expect(gateAt([], ALL, NOW)).toMatchObject({ passed: false, matched: 0, blocking: [] });
    expect(gateAt([], { ...ALL, expect: 0 }, NOW).passed).toBe(false);
  });

  test.each([
    [2, true],
    [3, false],
  ])('with at least %i of two expected: %s', (expected, passed) => {
    expect(gateAt(two, { ...ALL, expect: expected }, NOW)).toMatchObject({ passed });
  });

  test.each<[GateQuestion['filter'], readonly object[]]>([
    [{ repos: ['web', 'db'] }, []],
    [{ repos: ['web', 'db', 'x'] }, [{ repo: 'x' }]],
    [{ servers: ['a', 'b'] }, []],
    [{ servers: ['a', 'b', 'y'] }, [{ server: 'y' }]],
    [{ repos: ['web'], servers: ['a'] }, []],
    [
      { repos: ['web', 'db'], servers: ['a', 'b'] },
      [
        { repo: 'web', server: 'b' },
        { repo: 'db', server: 'a' },
      ],
    ],
  ])('of %j misses %j', (filter, missing) => {
    const matches = two.filter(
      ({ target }) =>
        (filter.repos?.includes(target.repo) ?? true) && (filter.servers?.includes(target.server) ?? true),
    );
    const gate = gateAt(matches, { ...ALL, filter }, NOW);
    if (missing.length === 0) expect(gate.passed).toBe(true);
    else expect(gate).toMatchObject({ passed: false, missing, missingCount: missing.length });
  });

  test('counts the missing pairs, and lists the first of them', () => {
    const names = Array.from({ length: 2000 }, (_, i) => `n${i}`);
    const gate = gateAt([], { ...ALL, filter: { repos: names, servers: names } }, NOW);
    expect(gate).toMatchObject({ missingCount: 4_000_000 });
    expect(gate.passed || gate.missing.length).toBe(MAX_TOLD);
  });

  test('passes only if every target is SYNCED by the rule of states, whatever is asked', () => {
    const status = fc
      .record({
        server: fc.constantFrom('a', 'b', 'c'),
        syncStatus: fc.constantFrom<SyncStatus>('SYNCED', 'SYNCED', 'SYNCED', 'OUT_OF_SYNC', 'UNKNOWN'),
        checkedAt: fc.integer({ min: NOON - 12 * MINUTE, max: NOON + 7 * MINUTE }),
        commit: fc.constantFrom(SHA, '0123456', 'other', undefined),
        durationMs: fc.constantFrom(undefined, 0, MINUTE),
      })
      .map(aStatus);
    const question = fc.record({
      filter: fc.constant({}),
      commit: fc.constantFrom(undefined, SHA),
      since: fc.constantFrom(undefined, NOON - 5 * MINUTE),
      maxAgeMs: fc.constantFrom(undefined, MINUTE, 60 * MINUTE),
      expect: fc.constantFrom(undefined, 1, 2),
    });
    const statuses = fc.array(fc.oneof({ weight: 9, arbitrary: status }, fc.constant(EXPECTED)), {
      maxLength: 3,
    });
    let passed = 0;
    fc.assert(
      fc.property(statuses, question, (all, asked) => {
        if (!gateAt(all, asked, NOW).passed) return;
        passed++;
        expect(all.map((one) => stateOf(one, NOW))).toEqual(all.map(() => 'SYNCED'));
        expect(all.length).toBeGreaterThanOrEqual(asked.expect ?? 1);
      }),
      { numRuns: 2000 },
    );
    // Proves that the property can fail.
    expect(passed).toBeGreaterThan(50);
  });
});

describe('an abbreviated commit', () => {
  const other = SHA.replace(/7$/, '8');
  test.each<[readonly (string | undefined)[], readonly string[]]>([
    [[SHA, SHA, undefined], []],
    [[SHA, '0123456789'], []],
    [
      [SHA, other],
      [SHA, other],
    ],
  ])('among %j may mean %j', (commits, meant) => {
    expect(
      commitsMeantBy(
        '0123456',
        commits.map((commit) => ({ commit })),
      ),
    ).toEqual(meant);
  });
});
