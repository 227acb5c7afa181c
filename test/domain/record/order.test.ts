import { describe, expect, test } from 'vitest';
import { aReport, MINUTE, NOON } from '../../fixtures.ts';
import { drift, OneTarget, TARGET } from './recorded.ts';

describe('the order of reports', () => {
  test('a check cannot end after its report arrived: if a clock is ahead it counts from its arrival', () => {
    const one = new OneTarget();
    const answer = one.record({ lastCheckAt: NOON + 3 * MINUTE }, { now: NOON });
    expect(answer).toMatchObject({
      lastCheckAt: NOON + 3 * MINUTE,
      checkedAt: NOON,
      staleAt: NOON + 10 * MINUTE,
    });
  });

  test('after a clock was turned back, nothing that arrives later is late', () => {
    const one = new OneTarget();
    one.record({ ...drift, lastCheckAt: NOON }, { now: NOON });
    const answer = one.record({ lastCheckAt: NOON + MINUTE }, { now: NOON - 2 * MINUTE });
    expect(answer).toMatchObject({ change: 'changed', checkedAt: NOON });
    expect(one.status.finding.syncStatus).toBe('SYNCED');
  });

  test('a SYNCED whose check ended before the newest one says nothing about what that one found', () => {
    const one = new OneTarget();
    one.record({ ...drift, lastCheckAt: NOON + 3 * MINUTE }, { now: NOON });
    const answer = one.record({ lastCheckAt: NOON + 2 * MINUTE }, { now: NOON + 4 * MINUTE });
    expect(answer).toMatchObject({ change: 'late', checkedAt: NOON - 1 });
    expect(one.status.finding.syncStatus).toBe('OUT_OF_SYNC');
  });

  test('of several reports of one instant the later arrival is the newer, even if the clock stood still', () => {
    const one = new OneTarget();
    one.record();
    const second = one.record({ ...drift, lastCheckAt: NOON }, { now: NOON });
    expect(second).toMatchObject({ recorded: 'new', change: 'changed', checkedAt: NOON });
    expect(one.status).toMatchObject({ receivedAt: NOON + 1, finding: { syncStatus: 'OUT_OF_SYNC' } });
  });

  test('more than five minutes ahead is refused with both clocks, and nothing is written', () => {
    const one = new OneTarget();
    const outcome = one.submit([aReport({ lastCheckAt: NOON + 5 * MINUTE + 1 })], { now: NOON });
    expect(outcome).toMatchObject({
      kind: 'refused',
      code: 'invalid',
      refusals: [{ index: 0, kind: 'ahead_of_clock', lastCheckAt: NOON + 5 * MINUTE + 1, now: NOON }],
    });
    expect(one.rows.targets()).toEqual([]);
  });

  test('a submission is refused whole, and affects no other of its transaction', () => {
    const one = new OneTarget();
    const good = aReport({ server: 'good' });
    const outcomes = one.rows.record(
      [
        {
          reports: [aReport(), aReport({ server: 'bad', lastCheckAt: NOON + 60 * MINUTE })],
          origin: 'report',
          mayTakeOver: false,
        },
        { reports: [good], origin: 'report', mayTakeOver: false },
      ],
      NOON,
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(['refused', 'recorded']);
    expect(one.rows.targets().map(({ server }) => server)).toEqual(['good']);
  });

  test('two pushes within a millisecond are two reports, in the order of their arrival', () => {
    const one = new OneTarget();
    const push = { lastCheckAt: undefined, pushed: true, check: 'job=ci' };
    one.record(push, { now: NOON });
    one.record({ ...push, ...drift }, { now: NOON });
    expect(one.status).toMatchObject({ lastCheckAt: NOON + 1, finding: { syncStatus: 'OUT_OF_SYNC' } });
    expect(one.rows.rows(TARGET).reports).toHaveLength(2);
  });

  test('a refused push moves no clock: pushes about other targets, and later ones, count from their arrival', () => {
    const one = new OneTarget();
    const push = { lastCheckAt: undefined, pushed: true, check: 'job=ci' };
    one.record({ check: 'drift.yml', lastCheckAt: NOON - MINUTE }, { now: NOON - MINUTE });
    for (let i = 0; i < 10; i++) one.submit([aReport(push)], { now: NOON });
    expect(one.rows.rows(TARGET).reports).toHaveLength(1);
    one.record({ ...push, server: 'other' }, { now: NOON });
    expect(one.rows.status({ ...TARGET, server: 'other' }).lastCheckAt).toBe(NOON);
  });
});

describe('duplicates', () => {
  test.each([
    ['finding', { syncStatus: 'OUT_OF_SYNC' as const, files: ['b'] }],
    ['commit', { commit: 'other' }],
    ['error', { error: 'other' }],
    ['error_kind', { errorKind: 'other' }],
  ])('the same instant with another %s is another report', (_, other) => {
    const one = new OneTarget();
    const traits = {
      syncStatus: 'OUT_OF_SYNC' as const,
      files: ['a'],
      commit: 'c',
      error: 'e',
      errorKind: 'k',
    };
    one.record(traits);
    expect(one.record({ ...traits, ...other }).recorded).toBe('new');
    expect(one.record(traits)).toMatchObject({ recorded: 'duplicate' });
  });

  test('a retry gets the answer of the first try, unless something newer came between', () => {
    const one = new OneTarget();
    const tries = [
      { lastCheckAt: NOON },
      { lastCheckAt: NOON + MINUTE },
      { lastCheckAt: NOON + 2 * MINUTE, ...drift },
      { lastCheckAt: NOON + 3 * MINUTE, ...drift },
    ];
    for (const traits of tries) {
      const first = one.record(traits);
      expect(one.record(traits, { now: NOON + 60 * MINUTE })).toEqual({ ...first, recorded: 'duplicate' });
    }
    expect(one.record(tries[0])).toMatchObject({ recorded: 'duplicate', change: 'late' });
  });

  test('a retry from a clock that is ahead is recognised, although it counted from its arrival', () => {
    const one = new OneTarget();
    const ahead = { lastCheckAt: NOON + 4 * MINUTE };
    one.record(ahead, { now: NOON });
    expect(one.record(ahead, { now: NOON + 2 * MINUTE }).recorded).toBe('duplicate');
  });

  test('are not looked for if the instant is later than every recorded one', () => {
    const one = new OneTarget();
    one.record();
    one.record({ lastCheckAt: NOON + MINUTE });
    expect(one.rows.needs.map(({ kind }) => kind)).toEqual(['target']);
  });

  test('within one transaction are found too', () => {
    const one = new OneTarget();
    const outcome = one.submit([aReport(), aReport()], { now: NOON });
    expect(outcome.kind === 'recorded' && outcome.answers.map(({ recorded }) => recorded)).toEqual([
      'new',
      'duplicate',
    ]);
  });
});

describe('a report older than what is stored', () => {
  test('is refused by last_check alone', () => {
    const one = new OneTarget();
    one.record({ lastCheckAt: NOON + MINUTE });
    one.rows.reportsFrom = NOON;
    expect(one.submit([aReport({ lastCheckAt: NOON - 1 })], { now: NOON })).toMatchObject({
      code: 'invalid',
    });
    expect(one.submit([aReport({ lastCheckAt: NOON })], { now: NOON + MINUTE }).kind).toBe('recorded');
  });

  test('inside a period without a stored report before it is refused too', () => {
    const one = new OneTarget();
    for (const minute of [0, 5, 10]) one.record({ lastCheckAt: NOON + minute * MINUTE });
    const { reports } = one.rows.rows(TARGET);
    reports.splice(0, 2);
    expect(
      one.submit([aReport({ lastCheckAt: NOON + 2 * MINUTE, ...drift })], { now: NOON + 11 * MINUTE }),
    ).toMatchObject({
      kind: 'refused',
      code: 'invalid',
    });
  });
});
