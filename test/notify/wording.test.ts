import { describe, expect, test } from 'vitest';
import type { Message, Problem } from '../../src/domain/notify/message.ts';
import { plain } from '../../src/notify/line.ts';
import { threadSubject, wordingOf } from '../../src/notify/wording.ts';
import { aMessage, aProblem, HOSTILE, NOW, problemsOf } from './a-message.ts';

const publicUrl = 'https://status.example/drift';
const wording = (message: Partial<Message> = {}) => wordingOf(aMessage(message), { publicUrl });
const headline = (message: Partial<Message>) => plain(wording(message).headline);
const linesOf = (problem: Partial<Problem>) =>
  wording({ problems: [aProblem(problem)] }).items[0]?.lines.map(plain) ?? [];

test('a message says what differs, since when, who acts next, and links to the page', () => {
  const { items, link, more } = wording({
    problems: [
      aProblem({
        labels: { env: 'prod', owner: 'team-a' },
        commit: 'abc1234',
        runUrl: 'https://ci.example/run/1',
        next: 'team-a; the person who changed the host: revert the change there, or commit it',
        acknowledgedBy: 'kim',
      }),
    ],
  });
  expect(link).toBe(`${publicUrl}/target?repo=rsyslog&server=rsyslog-lab`);
  expect(more).toBe(0);
  expect(items.map(({ title, link: page, lines }) => [plain(title), page, ...lines.map(plain)])).toEqual([
    [
      'rsyslog on rsyslog-lab',
      link,
      'Differs: 2 files: rsyslog.conf, rsyslog.d/30-lab.conf',
      'Since: 2026-04-21 10:32 UTC (3 h 12 min)',
      'Cause: the commit is the one that was last in sync, so somebody or something changed the server',
      'Next: team-a; the person who changed the host: revert the change there, or commit it',
      'Acknowledged by: kim',
      'Labels: env=prod, owner=team-a',
      'Commit: abc1234',
      'Run: https://ci.example/run/1',
    ],
  ]);
});

const two = problemsOf(2);
const over = { at: NOW, commit: undefined, by: undefined } as const;
const synced: Partial<Problem> = { state: 'SYNCED', resolution: over, next: undefined };

test.each<[string, Partial<Message>]>([
  ['rsyslog on rsyslog-lab is out of sync', {}],
  ['rsyslog: 2 targets are out of sync', { problems: two, stillOpen: 2 }],
  ['Update: rsyslog on rsyslog-lab is out of sync; 4 more open', { phase: 'updated', stillOpen: 5 }],
  ['Still open: rsyslog on rsyslog-lab is out of sync', { phase: 'repeated' }],
  [
    'Resolved: rsyslog on rsyslog-lab is in sync again',
    { phase: 'resolved', stillOpen: 0, problems: [aProblem(synced)] },
  ],
  [
    'Resolved: rsyslog: 2 targets are in sync again; 3 still open',
    { phase: 'resolved', stillOpen: 3, problems: problemsOf(2, synced) },
  ],
  [
    'rsyslog on rsyslog-lab is unknown: the check could not tell',
    { condition: 'unknown', problems: [aProblem({ condition: 'unknown', state: 'UNKNOWN' })] },
  ],
  ['rsyslog on rsyslog-lab is stale: no report arrived in time', { condition: 'stale' }],
  ['rsyslog on rsyslog-lab is expected but has never reported', { condition: 'never_reported' }],
  [
    'the pipeline of rsyslog is silent: no target reports any more (2 targets)',
    { condition: 'stale', about: 'pipeline', problems: two, stillOpen: 2 },
  ],
  [
    'Resolved: the pipeline of rsyslog reports again (2 targets)',
    {
      ...{ condition: 'stale', about: 'pipeline', phase: 'resolved', stillOpen: 0 },
      problems: problemsOf(2, { ...synced, condition: 'stale' }),
    },
  ],
  ['rsyslog on rsyslog-lab flaps: six incidents or more in seven days', { about: 'flapping' }],
])('%s', (expected, message) => {
  expect(headline(message)).toBe(expected);
});

test('never a false SYNCED: an incident that is over is "in sync again" only if its target is SYNCED now', () => {
  for (const state of ['UNKNOWN', 'STALE', 'OUT_OF_SYNC'] as const) {
    const problems = [aProblem({ ...synced, state })];
    const said = wording({ phase: 'resolved', stillOpen: 0, problems });
    expect(plain(said.headline)).toBe('Resolved: rsyslog on rsyslog-lab: this is over');
    expect(JSON.stringify(said)).not.toMatch(/in sync again/i);
  }
  for (const condition of ['unknown', 'stale', 'never_reported'] as const) {
    const problems = [aProblem({ ...synced, condition, state: 'OUT_OF_SYNC' })];
    const said = wording({ phase: 'resolved', condition, stillOpen: 0, problems });
    expect(JSON.stringify(said)).not.toMatch(/in sync/i);
    expect(said.items[0]?.lines.map(plain)).toContain('Now: out of sync');
  }
});

test('a deleted target is said to be over, and nothing more', () => {
  for (const [condition, state] of [
    ['drift', 'OUT_OF_SYNC'],
    ['unknown', 'UNKNOWN'],
    ['stale', 'STALE'],
    ['never_reported', 'STALE'],
  ] as const) {
    const problems = [aProblem({ condition, state, resolution: over, next: undefined })];
    for (const about of ['group', 'flapping'] as const) {
      const message = { phase: 'resolved', condition, about, stillOpen: 0, problems } as const;
      expect(headline(message)).toBe('Resolved: rsyslog on rsyslog-lab: this is over');
      expect(wording(message).items[0]?.lines.map(plain).join()).not.toContain('Now: ');
    }
  }
});

test.each<[string, Partial<Problem>]>([
  ['Differs: 1 file: a', { files: ['a'], driftCount: 1 }],
  ['Differs: 5 files, of which 2 named: a, b', { files: ['a', 'b'], driftCount: 5 }],
  ['Differs: at least 2 files: a, b', { files: ['a', 'b'], driftCount: undefined }],
  ['Differs: 3 files; no file is named', { files: [], driftCount: 3 }],
  ['Differs: the number of files is not known; no file is named', { files: [], driftCount: undefined }],
  ['Differed: 1 file: a', { files: ['a'], driftCount: 1, resolution: over }],
])('%s', (expected, problem) => {
  expect(linesOf(problem)[0]).toBe(expected);
});

test('ten files are named, then the number of the others', () => {
  const files = Array.from({ length: 12 }, (_, i) => `f${i}`);
  expect(linesOf({ files, driftCount: 12 })[0]).toBe(
    'Differs: 12 files: f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 and 2 more',
  );
});

test.each<[string, Partial<Problem>]>([
  ['Resolved by commit abc1234', { resolution: { at: NOW, commit: 'abc1234', by: 'commit' } }],
  [
    'Resolved by hand: the commit abc1234 is the one it opened with',
    { resolution: { at: NOW, commit: 'abc1234', by: 'hand' } },
  ],
  ['Resolved by unknown means', { resolution: over }],
  ['From 2026-04-21 10:32 UTC to 2026-04-21 13:44 UTC (3 h 12 min)', { resolution: over }],
  ['Now: stale, no report arrived in time', { state: 'STALE' }],
  ['Now: unknown, the last check could not tell', { state: 'UNKNOWN' }],
  ['Error (unreachable): no route to host', { error: 'no route to host', errorKind: 'unreachable' }],
  ['Error: boom', { error: 'boom' }],
  ['Error (timeout)', { errorKind: 'timeout' }],
])('a line: %s', (expected, problem) => {
  expect(linesOf(problem)).toContain(expected);
});

test('twenty targets are named, and the number of the others', () => {
  const said = wording({ problems: problemsOf(33), stillOpen: 33 });
  expect(said.items).toHaveLength(20);
  expect(said.more).toBe(13);
  expect(said.link).toBe(`${publicUrl}/?repo=rsyslog`);
});

test('the subject of a thread is the same in all its messages', () => {
  const phases = ['opened', 'updated', 'repeated', 'resolved'] as const;
  const subjects = phases.map((phase, i) =>
    plain(threadSubject(aMessage({ phase, problems: problemsOf(i + 1), stillOpen: i }))),
  );
  expect(new Set(subjects)).toEqual(new Set(['rsyslog: out of sync']));
  const silent = (['group', 'pipeline'] as const).map((about) =>
    plain(threadSubject(aMessage({ condition: 'stale', about }))),
  );
  expect(new Set(silent)).toEqual(new Set(['rsyslog: no reports arrive']));
});

describe('text by others is one line, visible and not too long', () => {
  test.each(HOSTILE)('%j', (hostile) => {
    const target = { repo: hostile, server: hostile };
    const problem = aProblem({
      target,
      files: [hostile],
      driftCount: 1,
      labels: { owner: hostile },
      error: hostile,
      errorKind: hostile,
      next: hostile,
      commit: hostile,
      runUrl: hostile,
      acknowledgedBy: hostile,
    });
    const { headline: first, items } = wording({ problems: [problem], repo: hostile });
    const lines = [first, ...items.flatMap(({ title, lines }) => [title, ...lines])].map(plain);
    for (const line of lines) expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(lines.filter((line) => line.startsWith('Next: '))).toHaveLength(1);
  });

  test('a long text is cut, and an address that is too long is left out', () => {
    const long = 'x'.repeat(100_000);
    const lines = linesOf({ error: long, files: [long], driftCount: 1, labels: { a: long }, runUrl: long });
    for (const line of lines) expect(line.length).toBeLessThan(500);
    expect(lines.join('\n')).not.toContain('Run: ');
  });
});
