import { describe, expect, test } from 'vitest';
import { voiceRefusal } from '../../../src/domain/record/voice.ts';
import { aReport, DAY, MINUTE, NOON } from '../../fixtures.ts';
import { drift, OneTarget, TARGET } from './recorded.ts';

const posted = (check?: string) => ({ check, pushed: false });
const pushed = (check?: string) => ({ check, pushed: true });

describe('one voice per target', () => {
  test.each([
    ['a named report', 'the same check', posted('a'), posted('a'), true],
    ['a named report', 'another check', posted('a'), posted('b'), false],
    ['a named report', 'an unnamed one', posted('a'), posted(), false],
    ['an unnamed report', 'a named one', posted(), posted('a'), true],
    ['an unnamed report', 'an unnamed one', posted(), posted(), true],
    ['a push', 'the same push', pushed('job=a'), pushed('job=a'), true],
    ['a push', 'another grouping key', pushed('job=a'), pushed('job=b'), false],
    ['a push', 'a posted report', pushed('job=a'), posted(), true],
    ['a push', 'a posted report with a check', pushed('job=a'), posted('a'), true],
    ['a named report', 'a push', posted('a'), pushed('a'), false],
    ['an unnamed report', 'a push', posted(), pushed('job=a'), true],
  ])('%s may be followed by %s or not', (_, __, before, report, isFree) => {
    const refusal = voiceRefusal(
      TARGET,
      { ...before, staleAt: NOON + MINUTE },
      { report: { ...report, takesOver: false, mayTakeOver: false }, now: NOON },
    );
    expect(refusal === undefined).toBe(isFree);
  });

  test('a refusal names both checks', () => {
    const one = new OneTarget();
    one.record({ check: 'drift.yml' });
    const outcome = one.submit([aReport({ check: 'other.yml', lastCheckAt: NOON + MINUTE })], {
      now: NOON + MINUTE,
    });
    expect(outcome).toMatchObject({
      kind: 'refused',
      code: 'conflict',
      refusals: [{ kind: 'other_check', report: posted('other.yml'), speaker: posted('drift.yml') }],
    });
  });

  test('a report is judged by the one before it in order, late or not', () => {
    const one = new OneTarget();
    one.record({ check: 'old', lastCheckAt: NOON });
    one.record({ check: 'new', takesOver: true, lastCheckAt: NOON + 30 * MINUTE });
    const late = (check: string) =>
      one.submit([aReport({ check, lastCheckAt: NOON + MINUTE, ...drift })], { now: NOON + 31 * MINUTE })
        .kind;
    expect(late('new')).toBe('refused');
    expect(late('old')).toBe('recorded');
  });

  test('a retry of an accepted report stays a duplicate', () => {
    const one = new OneTarget();
    one.record({ check: 'old' });
    one.record({ check: 'new', takesOver: true, lastCheckAt: NOON + 30 * MINUTE });
    expect(one.record({ check: 'old' }, { now: NOON + 31 * MINUTE }).recorded).toBe('duplicate');
  });

  test('taking over needs only that the other voice is stale, or else the scope admin', () => {
    const next = { check: 'new', takesOver: true, lastCheckAt: NOON + MINUTE };
    const started = () => {
      const one = new OneTarget();
      one.record({ check: 'old' });
      return one;
    };
    expect(started().submit([aReport(next)], { now: NOON + MINUTE })).toMatchObject({
      code: 'forbidden',
      refusals: [{ kind: 'early_take_over', staleAt: NOON + 10 * MINUTE }],
    });
    expect(started().submit([aReport(next)], { now: NOON + 10 * MINUTE }).kind).toBe('recorded');
    expect(started().submit([aReport(next)], { now: NOON + MINUTE, mayTakeOver: true }).kind).toBe(
      'recorded',
    );
  });

  test('taking over alone changes no period and no incident', () => {
    const one = new OneTarget();
    one.record({ check: 'old', ...drift });
    one.submit([aReport({ check: 'new', takesOver: true, lastCheckAt: NOON + MINUTE, ...drift })], {
      now: NOON + MINUTE,
      mayTakeOver: true,
    });
    expect(one.rows.history(TARGET).periods).toHaveLength(1);
    expect(one.rows.history(TARGET).incidents).toHaveLength(1);
    expect(one.rows.events.map(({ kind }) => kind)).toEqual(['target_added', 'incident_opened']);
  });

  test('deleting the target ends its voice', () => {
    const one = new OneTarget();
    one.record({ check: 'old' });
    one.rows.delete(TARGET, NOON + MINUTE);
    expect(one.record({ check: 'new', lastCheckAt: NOON + 2 * MINUTE }).recorded).toBe('new');
  });

  test('an import is exempt', () => {
    const one = new OneTarget();
    one.record({ check: 'old' });
    const report = aReport({ check: 'new', lastCheckAt: NOON + MINUTE });
    expect(one.submit([report], { now: NOON + DAY, origin: 'import' }).kind).toBe('recorded');
  });
});
