import { describe, expect, test } from 'vitest';
import { checkOf, parseGroupingKey } from '../../src/ingest/inputs/pushgateway/grouping-key.ts';
import {
  type PushRules,
  pushedReports as pushedBody,
} from '../../src/ingest/inputs/pushgateway/pushed-reports.ts';
import { samplesOf } from '../../src/ingest/inputs/pushgateway/text-format.ts';

/** Just below the largest body: anything that took quadratic time would run for many minutes. */
const LARGE = 1_000_000;
const pushedReports = (text: string, rules: PushRules) => pushedBody({ format: 'text', text }, rules).reports;
const GROUP = { groupingKey: { job: 'drift' }, staleAfterMs: 1000 };
const sample = (labels: string, value = '1') => `gitops_sync_status{repo="r",server="s"${labels}} ${value}\n`;

describe('a large push', () => {
  test.each([
    ['digits', sample('', '1'.repeat(LARGE))],
    ['digits and a point', sample('', `${'1'.repeat(LARGE / 2)}.${'1'.repeat(LARGE / 2)}`)],
    ['digits that are no number', sample('', `${'1'.repeat(LARGE)}x`)],
    ['digits of a power', sample('', `1e${'1'.repeat(LARGE)}`)],
    ['zeros', sample('', `0.${'0'.repeat(LARGE)}1`)],
    ['signs', sample('', '+-'.repeat(LARGE / 2))],
    ['blanks', `${' '.repeat(LARGE)}!`],
    ['blanks before an equals sign', `a{b${' '.repeat(LARGE)}!`],
    ['blanks within labels', `a{b="c"${' '.repeat(LARGE)}!`],
    ['words', sample('', '1 '.repeat(LARGE / 2))],
    ['letters of a name', `${'a'.repeat(LARGE)}!`],
    ['letters of the name of a label', `a{${'b'.repeat(LARGE)}!`],
    ['a value that never ends', `a{b="${'c'.repeat(LARGE)}`],
    ['escapes that never end', `a{b="${'\\\\'.repeat(LARGE / 2)}`],
    ['wrong escapes', `a{b="${'\\x'.repeat(LARGE / 2)}"} 1`],
    ['labels that never end', `a{${'b="",'.repeat(LARGE / 5)}`],
    ['a wrong name', sample(`,server="${'x'.repeat(LARGE)}"`)],
  ])('of many %s is refused in one go, in few words', (_, body) => {
    let refusal = '';
    try {
      pushedReports(body, GROUP);
    } catch (error) {
      refusal = String(error);
    }
    expect(refusal).toMatch(/Line 1 /);
    expect(refusal.length).toBeLessThan(1000);
  });

  test.each([
    ['escapes', '\\\\\\"\\n'.repeat(LARGE / 10), '\\"\n'.repeat(LARGE / 10)],
    ['characters', 'ü'.repeat(LARGE / 2), 'ü'.repeat(LARGE / 2)],
  ])('of a value with many %s is taken as it is', (_, written, value) => {
    const [report] = pushedReports(sample(`,note="${written}"`), GROUP);
    expect(report?.extra).toEqual({ labels: { note: value, job: 'drift' } });
  });

  test('of many lines that say nothing is taken', () => {
    const comments = '# HELP\n'.repeat(LARGE / 14) + '\n'.repeat(LARGE / 2);
    expect(pushedReports(comments + sample(''), GROUP)).toHaveLength(1);
  });

  test('of many lines of other metrics is taken, and they are counted', () => {
    const others = Array.from({ length: LARGE / 20 }, (_, i) => `other{a="${i}"} 0.5 1776772800000\n`).join(
      '',
    );
    const { reports, ignored } = pushedBody({ format: 'text', text: others + sample('') }, GROUP);
    expect({ reports: reports.length, ignored }).toEqual({ reports: 1, ignored: LARGE / 20 });
  });

  test('is not read on beyond the samples that it may have', () => {
    const samples = Array.from({ length: 1001 }, (_, i) => `gitops_sync_status{server="s${i}"} 1\n`).join('');
    expect(() => pushedReports(`${samples}this is no sample\n`, GROUP)).toThrow('at most 1000 samples');
  });
});

test('a number that is 1 only for JavaScript is not 1', () => {
  expect(() => pushedReports(sample('', '0.99999999999999999'), GROUP)).toThrow('neither 1');
  expect([...samplesOf(sample('', '1.00'))]).toMatchObject([{ value: 1 }]);
});

describe('a path', () => {
  test.each([
    [`/metrics/job/a/x@base64/${'='.repeat(16_000)}a`, 'is not base64url'],
    ['/metrics/job/a/x@base64/YWJjZ', 'is not base64url'],
    ['/metrics/job/a/x@base64/_w', 'is not base64url of UTF-8'],
    ['/metrics/job/a/repo/a/repo/b', 'the label "repo" is there twice'],
    ['/metrics/job/a/repo/a/repo@base64/Yg', 'the label "repo" is there twice'],
  ])('such as %.60s is refused: %s', (path, reason) => {
    expect(() => parseGroupingKey(path)).toThrow(reason);
  });

  test('of many escapes is a check that is too long', () => {
    expect(() => checkOf({ job: '%'.repeat(16_000) })).toThrow('more than 255 characters');
  });
});
