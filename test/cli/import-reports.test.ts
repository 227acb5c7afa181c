import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { importReports } from '../../src/cli/import-reports.ts';
import { parseReportLine, toReportLine } from '../../src/cli/report-line.ts';
import type { Submission } from '../../src/domain/record/submission.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, aSubmission, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { ALL_TIME } from '../store/harness.ts';

/** When importing takes place, unless a test says otherwise. */
const LATER = NOON + DAY;

function aStore(clock = () => LATER): Store {
  const store = openSqliteStore({ path: ':memory:', version: '0.0.0-test', clock });
  onTestFinished(() => store.close());
  return store;
}

async function* each(lines: readonly string[]): AsyncGenerator<Buffer> {
  for (const line of lines) yield Buffer.from(line);
}

const parse = (line: Buffer) => parseReportLine(line.toString(), { now: LATER, staleAfterMs: HOUR });

async function importInto(store: Pick<Store, 'record'>, lines: readonly string[]) {
  const { recorded, duplicates, log } = await importReports(each(lines), { store, parse });
  return { recorded, duplicates, log: log.lines() };
}

async function linesOf(store: Store): Promise<string[]> {
  const lines: string[] = [];
  for await (const report of store.everyReport({})) lines.push(toReportLine(report));
  return lines;
}

/** All answers, without the ids that a store chose itself. */
async function answersOf(store: Store): Promise<unknown> {
  const incidents = (await store.incidents({}, ALL_TIME)).toSorted((a, b) => a.openedAt - b.openedAt);
  const answers = [await store.statuses({}), await store.periods({}, ALL_TIME), incidents];
  return JSON.parse(JSON.stringify(answers, (key, value) => (key === 'id' ? undefined : value)));
}

/** `count` lines of one target, one a minute up to noon, as an older version wrote them. */
function linesUpToNoon(count: number, fields: object = {}): string[] {
  return Array.from({ length: count }, (_, i) => {
    const at = new Date(NOON - (count - 1 - i) * MINUTE).toISOString();
    const target = { repo: 'rsyslog', server: 'rsyslog-lab' };
    return JSON.stringify({ ...target, sync_status: 'SYNCED', last_check: at, received_at: at, ...fields });
  });
}

describe('importing an export', () => {
  const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
  const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });
  const push = aReport({ server: 'pushed', lastCheckAt: undefined, pushed: true, check: 'job=ci' });
  /** Drift and repair, late reports, a clock that is ahead, labels, pushes, another check that takes over. */
  const arrivals = [
    [0, at(0, { labels: { env: 'lab' } })],
    [5, at(5, { ...drift, commit: 'abc', afterDeploy: true })],
    [6, at(9, { ...drift, commit: 'def', error: 'half', errorKind: 'partial' })],
    [7, at(3, { syncStatus: 'UNKNOWN', error: 'no route', errorKind: 'unreachable' })],
    [8, at(8, { staleAfterMs: MINUTE, staleAfterS: 60 })],
    [20, at(20, { check: 'nightly' })],
    [21, at(21, { ...drift, check: 'hourly', takesOver: true })],
    [22, push],
    [23, at(9, { repo: 'nginx', ...drift })],
    [24, push],
  ] as const;

  async function aFilledStore(): Promise<Store> {
    let now = NOON;
    const store = aStore(() => now);
    for (const [minute, report] of arrivals) {
      now = NOON + minute * MINUTE;
      await recordAll(store, [report], { mayTakeOver: true });
    }
    return store;
  }

  test.each([
    ['in its order', (lines: readonly string[]) => lines],
    ['in another order', (lines: readonly string[]) => lines.toReversed()],
  ])('%s gives the same answers, and the same export', async (_, ordered) => {
    const [here, there] = [await aFilledStore(), aStore()];
    const lines = await linesOf(here);
    expect(await importInto(there, ordered(lines))).toEqual({
      recorded: arrivals.length,
      duplicates: 0,
      log: [],
    });
    expect(new Set(await linesOf(there))).toEqual(new Set(lines));
    expect(await answersOf(there)).toEqual(await answersOf(here));
    expect(await there.incidents({}, ALL_TIME)).toHaveLength(4);
  });

  test('keeps the order of reports of one instant', async () => {
    const [here, there] = [aStore(() => NOON), aStore()];
    for (const server of ['pushed', 'pushed', 'other', 'pushed']) {
      await recordAll(here, [{ ...push, target: { repo: 'rsyslog', server } }]);
    }
    const lines = await linesOf(here);
    await importInto(there, lines);
    expect(await linesOf(there)).toEqual(lines);
    expect(await importInto(there, lines)).toEqual({ recorded: 0, duplicates: 4, log: [] });
  });

  test('twice changes nothing', async () => {
    const store = aStore();
    const lines = linesUpToNoon(600);
    await importInto(store, lines);
    const before = await answersOf(store);
    expect(await importInto(store, lines)).toMatchObject({ recorded: 0, duplicates: 600 });
    expect(await answersOf(store)).toEqual(before);
  });

  test('ignores the rule of one voice: several recorded checks of a target are recorded again', async () => {
    const lines = ['a', 'b', 'a'].map((check, i) => {
      const at = new Date(NOON + i * MINUTE).toISOString();
      const until = { received_at: at, stale_at: new Date(LATER).toISOString(), export_version: 2 };
      return linesUpToNoon(1, { last_check: at, check, ...until })[0] ?? '';
    });
    expect(await importInto(aStore(), lines)).toEqual({ recorded: 3, duplicates: 0, log: [] });
  });
});

describe('the lines of an import', () => {
  test('are recorded in batches, each report as a submission of its own', async () => {
    const batches: (readonly Submission[])[] = [];
    const store = {
      record: async (submissions: readonly Submission[]) => {
        batches.push(submissions);
        return submissions.map(() => ({ kind: 'recorded', answers: [] }) as const);
      },
    };
    await importInto(store, linesUpToNoon(1200));
    expect(batches.map((batch) => batch.length)).toEqual([500, 500, 200]);
    for (const { reports, ...traits } of batches.flat()) {
      expect(traits).toEqual({ origin: 'import', mayTakeOver: false });
      expect(reports).toHaveLength(1);
    }
  });

  test('stop at a bad line, with its number, the reason and how far it came, and go on once it is fixed', async () => {
    const store = aStore();
    const lines = linesUpToNoon(1200);
    const bad = lines.with(1100, '{"repo":"rsyslog"}');
    await expect(importInto(store, bad)).rejects.toThrow(
      /^Line 1101: \/server: is required; .*\nThe lines up to 1000 are recorded: /,
    );
    expect(await linesOf(store)).toHaveLength(1000);
    expect(await importInto(store, lines)).toMatchObject({ recorded: 200, duplicates: 1000 });
  });

  test('count even if they are empty, but need no content', async () => {
    const store = aStore();
    const [line = ''] = linesUpToNoon(1);
    expect(await importInto(store, ['', line, ''])).toMatchObject({ recorded: 1 });
    await expect(importInto(store, ['', 'no'])).rejects.toThrow(/^Line 2: .*\nNothing was recorded: /);
  });

  test('that are more than 5 minutes ahead are named and left out; the rest goes on', async () => {
    const ahead = new Date(LATER + 6 * MINUTE).toISOString();
    const lines = [...linesUpToNoon(1), ...linesUpToNoon(1, { last_check: ahead }), ...linesUpToNoon(3)];
    const { recorded, duplicates, log } = await importInto(aStore(), lines);
    expect([recorded, duplicates]).toEqual([3, 1]);
    expect(log).toEqual([
      '1 report left out:',
      expect.stringMatching(/^line 2: .*more than 5 minutes ahead/),
    ]);
  });

  test('that are older than stored reports are named and left out; the rest of the batch is accepted', async () => {
    const [whole, pruned] = [aStore(), aStore()];
    for (const store of [whole, pruned]) await importInto(store, linesUpToNoon(100));
    const reportsBefore = NOON - 50 * MINUTE;
    for await (const _ of pruned.prune(
      { reportsBefore, historyBefore: 0, eventsBefore: 0, actionsBefore: 0 },
      1000,
    ));
    const kept = (await linesOf(pruned)).length;
    const before = await answersOf(pruned);
    const lines = [...linesUpToNoon(100), ...linesUpToNoon(1, { server: 'other' })];
    const { recorded, duplicates, log } = await importInto(pruned, lines);
    expect([recorded, duplicates, log[0]]).toEqual([1, kept, `${100 - kept} reports left out:`]);
    await pruned.deleteTarget({ repo: 'rsyslog', server: 'other' }, { purge: true });
    expect(await answersOf(pruned)).toEqual(before);
  });

  test('may be older than stored reports: periods and incidents outlive them', async () => {
    const store = aStore();
    const old = linesUpToNoon(3).map((line) => line.replaceAll('2026-', '2019-'));
    expect(await importInto(store, old)).toMatchObject({ recorded: 3 });
    expect(await linesOf(store)).toHaveLength(3);
  });

  test('of an older version lose what is refused now, with a message by line', async () => {
    const store = aStore();
    const lines = [
      ...linesUpToNoon(2, { check: 7 }),
      ...linesUpToNoon(1, { server: 'other', error: 'e', labels: 'l' }),
    ];
    expect((await importInto(store, lines)).log).toEqual([
      '2 reports imported without check, which had no meaning in the version that exported it: lines 1, 2',
      '1 report imported without labels, which had no meaning in the version that exported it: line 3',
      '1 report imported without error, which a SYNCED report cannot have: line 3',
    ]);
    expect(await importInto(store, lines)).toMatchObject({ recorded: 0, duplicates: 3 });
  });

  test('pass on errors of the store', async () => {
    const store = { record: () => Promise.reject(new Error('disk full')) };
    await expect(importInto(store, linesUpToNoon(1))).rejects.toThrow('disk full');
  });
});

/** What an older version accepted and exported: its own rules, which were fewer. */
const olderLines = fc.record(
  {
    repo: fc.constantFrom('rsyslog', 'a/b@c:1~+'),
    server: fc.constantFrom('lab', '0'),
    sync_status: fc.constantFrom('SYNCED', 'OUT_OF_SYNC', 'UNKNOWN'),
    drift_count: fc.constant(0),
    files: fc.constant([]),
    last_check: fc.integer({ min: 0, max: 100 }).map((n) => new Date(NOON - n * MINUTE).toISOString()),
    expected_interval_s: fc.integer({ min: 1, max: 366 * 86_400 }),
    commit: fc.string({ minLength: 1, maxLength: 255 }),
    error: fc.string({ minLength: 1 }),
    error_kind: fc.string({ minLength: 1 }),
    labels: fc.jsonValue(),
    check: fc.jsonValue(),
    stale_after_s: fc.jsonValue(),
    takes_over: fc.jsonValue(),
    after_deploy: fc.jsonValue(),
    pushed: fc.jsonValue(),
    checked_at: fc.jsonValue(),
    received_at: fc.constant(new Date(NOON).toISOString()),
    stale_at: fc.integer({ min: 1, max: 1e6 }).map((n) => new Date(NOON + n * MINUTE).toISOString()),
  },
  {
    requiredKeys: [
      'repo',
      'server',
      'sync_status',
      'drift_count',
      'files',
      'last_check',
      'received_at',
      'stale_at',
    ],
  },
);

test('everything that an older version acknowledged can be imported', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(olderLines, { minLength: 1, maxLength: 20 }), async (lines) => {
      const store = openSqliteStore({ path: ':memory:', version: '0.0.0-test', clock: () => LATER });
      const texts = lines.map((line) => JSON.stringify(line));
      const { recorded, duplicates, log } = await importInto(store, texts);
      expect(recorded + duplicates).toBe(lines.length);
      expect(log.join()).not.toContain('left out');
      await store.close();
    }),
    { numRuns: 50 },
  );
});

test('the events of an import say that it is history', async () => {
  const store = aStore();
  await importInto(store, linesUpToNoon(3));
  const { events } = await store.eventsAfter(0, { limit: 10 });
  expect(events.map(({ kind, origin }) => [kind, origin])).toEqual([['target_added', 'import']]);
  await store.record([aSubmission([aReport({ lastCheckAt: LATER })])]);
  expect((await store.eventsAfter(0, { limit: 10 })).events.at(-1)).toMatchObject({ origin: 'report' });
});
