import { describe, expect, test } from 'vitest';
import type { RefusalReason } from '../../src/domain/record/submission.ts';
import { refusalText, refusedSubmission } from '../../src/http/refusals.ts';
import { MINUTE, NOON } from '../fixtures.ts';

const target = { repo: 'rsyslog', server: 'rsyslog-lab' };
const speaker = { check: 'drift.yml', pushed: false };

describe('the text of a refusal', () => {
  test('names both clocks if a report is ahead', () => {
    const text = refusalText({ kind: 'ahead_of_clock', lastCheckAt: NOON + 6 * MINUTE, now: NOON });
    expect(text).toContain('2026-04-21T12:06:00.000Z');
    expect(text).toContain('2026-04-21T12:00:00.000Z');
  });

  test.each<[string, RefusalReason]>([
    ['of all reports', { kind: 'before_retention', lastCheckAt: NOON, reportsFrom: NOON + MINUTE }],
    ['of one target', { kind: 'pruned', lastCheckAt: NOON, target }],
  ])('names the setting if a report is older than the stored reports %s', (_, reason) => {
    expect(refusalText(reason)).toMatch(
      /^last_check is 2026-04-21T12:00:00.000Z.*GITOPS_STATUS_RETENTION_REPORTS/,
    );
  });

  test('names both checks and what to do', () => {
    const report = { check: 'other.yml', pushed: false };
    const text = refusalText({ kind: 'other_check', target, report, speaker });
    for (const words of ['"drift.yml"', '"other.yml"', 'takes_over: true', 'repo name of its own']) {
      expect(text).toContain(words);
    }
  });

  test('says to a push what a push can do', () => {
    const report = { check: 'job=ci', pushed: true };
    const text = refusalText({ kind: 'other_check', target, report, speaker });
    expect(text).toContain('delete the target first');
    expect(text).not.toContain('takes_over');
  });

  test('says until when the other check speaks, and what is needed before', () => {
    const text = refusalText({ kind: 'early_take_over', target, speaker, staleAt: NOON });
    expect(text).toMatch(/"drift.yml" speaks for rsyslog on rsyslog-lab until 2026-04-21T12:00.*scope admin/);
  });
});

describe('a refused submission as an error', () => {
  const refusals = [3, 7].map((index) => ({ kind: 'pruned', lastCheckAt: NOON, target, index }) as const);

  test('has the first reason in its message and a pointer to each', () => {
    const error = refusedSubmission(
      { kind: 'refused', code: 'invalid', refusals },
      (index, field) => `/${index}/${field}`,
    );
    expect(error.code).toBe('invalid');
    expect(error.message).toMatch(/were removed .*\(and 1 more\)$/);
    expect(error.fieldErrors.map(({ pointer }) => pointer)).toEqual(['/3/last_check', '/7/last_check']);
  });

  test('has no pointer if the body has no fields', () => {
    expect(refusedSubmission({ kind: 'refused', code: 'invalid', refusals }).fieldErrors).toEqual([]);
  });
});
