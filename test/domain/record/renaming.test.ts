import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/domain/record/submission.ts';
import { aReport, aSubmission, HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { propertyRuns } from '../../full-length.ts';
import { arrivals, arrivedAt } from '../../store/arrivals.ts';
import { MemoryRows } from './memory-rows.ts';

const named = (server: string) => ({ repo: 'rsyslog', server });
const [A, B, C] = [named('a'), named('b'), named('c')];
const at = (minute: number, server: string, traits = {}) =>
  aReport({ server, lastCheckAt: NOON + minute * MINUTE, staleAfterMs: HOUR, ...traits });

function record(rows: MemoryRows, report: ReturnType<typeof aReport>, minute: number, traits = {}): Outcome {
  const [outcome] = rows.record([aSubmission([report], traits)], NOON + minute * MINUTE);
  if (outcome === undefined) throw new Error('There must be an outcome.');
  return outcome;
}

/** `a` was reported at noon, and has been called `b` since a quarter past. */
function renamedRows(): MemoryRows {
  const rows = new MemoryRows();
  record(rows, at(0, 'a', { labels: { env: 'lab' } }), 0);
  expect(rows.rename(A, B, NOON + 15 * MINUTE).kind).toBe('renamed');
  return rows;
}

describe('a renamed target', () => {
  test('keeps its history, with two events about the new name', () => {
    const rows = renamedRows();
    expect(rows.history(B).periods).toHaveLength(1);
    expect(rows.isKnown(A)).toBe(false);
    expect(rows.events.slice(1)).toMatchObject([
      {
        kind: 'target_deleted',
        origin: 'action',
        ...A,
        labels: { env: 'lab' },
        previousState: 'SYNCED',
        state: undefined,
        detail: { renamed_to: B },
      },
      {
        kind: 'target_added',
        origin: 'action',
        ...B,
        labels: { env: 'lab' },
        previousState: undefined,
        state: 'SYNCED',
        detail: { renamed_from: A },
      },
    ]);
  });

  test('continues under its new name: the next report is an ordinary one', () => {
    const rows = renamedRows();
    expect(record(rows, at(20, 'b'), 20)).toMatchObject({ answers: [{ change: 'unchanged', target: B }] });
    expect(rows.events).toHaveLength(3);
  });

  test('accepts earlier checks under its former name, and recognises repeats', () => {
    const rows = renamedRows();
    expect(record(rows, at(0, 'a'), 20)).toMatchObject({ answers: [{ recorded: 'duplicate', target: B }] });
    expect(record(rows, at(14, 'a'), 20)).toMatchObject({ answers: [{ recorded: 'new', target: B }] });
    expect(record(rows, at(-5, 'a'), 20)).toMatchObject({ answers: [{ change: 'late', target: B }] });
    expect(rows.rows(B).reports).toHaveLength(3);
    expect(rows.isKnown(A)).toBe(false);
  });

  test('refuses later checks under its former name, and names the new one', () => {
    const rows = renamedRows();
    for (const origin of ['report', 'import']) {
      expect(record(rows, at(15, 'a'), 20, { origin })).toMatchObject({
        kind: 'refused',
        code: 'conflict',
        refusals: [{ kind: 'renamed', formerly: A, target: B, renamedAt: NOON + 15 * MINUTE }],
      });
    }
  });

  test('counts a push under a former name as one of now', () => {
    const rows = renamedRows();
    const push = { ...at(0, 'a', { pushed: true }), lastCheckAt: undefined };
    expect(record(rows, push, 20)).toMatchObject({ code: 'conflict' });
  });

  test('is one target under both names in one submission', () => {
    const rows = renamedRows();
    const [outcome] = rows.record([aSubmission([at(20, 'b'), at(13, 'a'), at(14, 'a')])], NOON + 20 * MINUTE);
    expect(outcome).toMatchObject({ answers: [{ target: B }, { target: B }, { target: B }] });
    expect(rows.history(B)).toEqual(rows.fold(B));
    expect(rows.rows(B).reports).toHaveLength(4);
  });

  test.each([
    [['rsyslog'], 'recorded'],
    [['other'], 'refused'],
  ])('may be reported under a former repo name by a token for %s', (repos, kind) => {
    const rows = new MemoryRows();
    const old = { repo: 'logging', server: 'a' };
    record(rows, at(0, 'a', { repo: 'logging' }), 0);
    rows.rename(old, A, NOON + 15 * MINUTE);
    const outcome = record(rows, at(14, 'a', { repo: 'logging' }), 20, { repos: ['logging', ...repos] });
    expect(outcome.kind).toBe(kind);
    if (outcome.kind === 'refused') {
      expect(outcome).toMatchObject({
        code: 'forbidden',
        refusals: [{ kind: 'renamed_elsewhere', target: A }],
      });
    }
    // A retry of a stored report writes nothing about the other repo.
    const again = record(rows, at(0, 'a', { repo: 'logging' }), 20, { repos: ['logging', ...repos] });
    expect(again).toMatchObject({ kind: 'recorded', answers: [{ recorded: 'duplicate' }] });
  });

  test('again and again: every former name leads to the newest, each up to its own renaming', () => {
    const rows = renamedRows();
    rows.rename(B, C, NOON + 30 * MINUTE);
    expect(record(rows, at(14, 'a'), 40)).toMatchObject({ answers: [{ target: C }] });
    expect(record(rows, at(20, 'a'), 40)).toMatchObject({ refusals: [{ kind: 'renamed', target: C }] });
    expect(record(rows, at(20, 'b'), 40)).toMatchObject({ answers: [{ target: C }] });
    expect(record(rows, at(30, 'b'), 40)).toMatchObject({ refusals: [{ kind: 'renamed', target: C }] });
  });

  test('may get its former name back', () => {
    const rows = renamedRows();
    expect(rows.rename(B, A, NOON + 30 * MINUTE).kind).toBe('renamed');
    expect(record(rows, at(40, 'a'), 40)).toMatchObject({ answers: [{ target: A, change: 'unchanged' }] });
    expect(record(rows, at(20, 'b'), 40)).toMatchObject({ answers: [{ target: A }] });
    expect(record(rows, at(41, 'b'), 41)).toMatchObject({ refusals: [{ kind: 'renamed', target: A }] });
  });

  test('that was declared and never reported stays expected', () => {
    const rows = new MemoryRows();
    rows.declare(A, NOON);
    rows.rename(A, B, NOON + MINUTE);
    expect(rows.events.at(-1)).toMatchObject({ kind: 'target_added', ...B, state: 'STALE' });
    record(rows, at(2, 'b'), 2);
    expect(rows.events.at(-1)).toMatchObject({ kind: 'state_changed', previousState: 'STALE' });
  });
});

describe('renaming is refused', () => {
  const reasonOf = (rows: MemoryRows, from: typeof A, to: typeof A) => {
    const events = rows.events.length;
    const plan = rows.rename(from, to, NOON + HOUR);
    expect(rows.events).toHaveLength(events);
    return plan.kind === 'refused' ? plan.reason : plan;
  };

  test('if the new name has a history, even of a target that is deleted or only declared', () => {
    const rows = new MemoryRows();
    record(rows, at(0, 'a'), 0);
    record(rows, at(0, 'b'), 0);
    expect(reasonOf(rows, A, B)).toEqual({ kind: 'taken', isDeleted: false });
    rows.delete(B, NOON + MINUTE);
    expect(reasonOf(rows, A, B)).toEqual({ kind: 'taken', isDeleted: true });
    rows.declare(C, NOON);
    expect(reasonOf(rows, A, C)).toEqual({ kind: 'taken', isDeleted: false });
  });

  test('if it is the former name of another target', () => {
    const rows = renamedRows();
    record(rows, at(20, 'c'), 20);
    expect(reasonOf(rows, C, A)).toEqual({ kind: 'former_name', target: B });
  });

  test('if the target does not exist, is deleted, has another name by now, or would keep its name', () => {
    const rows = renamedRows();
    expect(reasonOf(rows, named('nobody'), C)).toEqual({ kind: 'not_found' });
    expect(reasonOf(rows, A, C)).toEqual({
      kind: 'renamed_before',
      target: B,
      renamedAt: NOON + 15 * MINUTE,
    });
    expect(reasonOf(rows, B, B)).toEqual({ kind: 'same_name' });
    rows.delete(B, NOON + 20 * MINUTE);
    expect(reasonOf(rows, B, C)).toEqual({ kind: 'not_found' });
  });
});

test('after a rename at any time, with reports under any name, the rows equal the fold', () => {
  const renames = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(arrivals, renames, (all, minutes) => {
      const rows = new MemoryRows();
      const names = ['lab', 'x', 'y', 'lab', 'z'].map(named);
      let name = 0;
      const inTime = [
        ...all.map((arrival) => ({ at: arrivedAt([arrival]), arrival })),
        ...minutes.map((minute) => ({ at: NOON + minute * MINUTE, arrival: undefined })),
      ].sort((a, b) => a.at - b.at);
      for (const { at: now, arrival } of inTime) {
        const [from, to] = [names[name], names[name + 1]];
        if (arrival !== undefined) rows.record([aSubmission(arrival.reports)], now);
        else if (from && to && rows.rename(from, to, now).kind === 'renamed') name++;
      }
      for (const target of rows.targets()) expect(rows.history(target)).toEqual(rows.fold(target));
      const current = targetNames(rows).filter((server) => server !== 'prod');
      expect(current.length).toBeLessThanOrEqual(1);
    }),
    propertyRuns(1000),
  );
});

function targetNames(rows: MemoryRows): string[] {
  return rows.targets().map(({ server }) => server);
}

describe('a new target with a name similar to that of a known one', () => {
  test.each([
    ['web', 'Web'],
    ['WEB', 'web'],
    ['web', 'web.'],
    ['web.example.', 'web.example'],
    ['web', 'web.git'],
    ['web.GIT', 'web'],
    ['web/', 'Web.git'],
  ])('gets the hint: %s, then %s', (known, other) => {
    for (const field of ['repo', 'server']) {
      const rows = new MemoryRows();
      record(rows, at(0, 'a', { [field]: known }), 0);
      const answered = record(rows, at(1, 'a', { [field]: other }), 1);
      const target = { repo: 'rsyslog', server: 'a', [field]: known };
      expect(answered).toMatchObject({ answers: [{ similar: [target] }] });
      // Only once: from then on it is known itself.
      expect(record(rows, at(2, 'a', { [field]: other }), 2)).toMatchObject({ answers: [{ similar: [] }] });
    }
  });

  test.each([
    ['web', 'web2'],
    ['web', 'we.b'],
    ['web.git-mirror', 'web'],
    ['gitweb', 'web'],
  ])('gets no hint: %s, then %s', (known, other) => {
    const rows = new MemoryRows();
    record(rows, at(0, known), 0);
    expect(record(rows, at(1, other), 1)).toMatchObject({ answers: [{ similar: [] }] });
  });

  test('gets the hint within one submission too', () => {
    const rows = new MemoryRows();
    const [outcome] = rows.record([aSubmission([at(0, 'web'), at(0, 'Web'), at(1, 'web')])], NOON);
    expect(outcome).toMatchObject({
      answers: [{ similar: [] }, { similar: [named('web')] }, { similar: [] }],
    });
  });
});
