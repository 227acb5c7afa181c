import { describe, expect, onTestFinished, test } from 'vitest';
import { importReports } from '../../src/commands/import-reports.ts';
import { parseReportLine, toReportLine } from '../../src/commands/report-line.ts';
import { fleetReports } from '../../src/demo/fleet.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { ALL_TIME, storedHistory } from '../store/harness.ts';

function aStore(): Store {
  const store = openSqliteStore({ path: ':memory:', version: '0.0.0-test' });
  onTestFinished(() => store.close());
  return store;
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

const parse = (line: string) => parseReportLine(line, { now: NOON + DAY, staleAfterMs: HOUR });

const importInto = (store: Store, lines: readonly string[]) => importReports(each(lines), { store, parse });

async function linesOf(store: Store): Promise<string[]> {
  const lines: string[] = [];
  for await (const report of store.everyReport({})) lines.push(toReportLine(report));
  return lines;
}

/** `count` lines of one target, one a minute up to noon. */
function linesUpToNoon(count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    toReportLine(aReport({ checkedAt: NOON - (count - 1 - i) * MINUTE })),
  );
}

describe('importing', () => {
  test('what a fleet reported gives the very same answers, also where the settings differ', async () => {
    const [here, there] = [aStore(), aStore()];
    const reports = fleetReports({ targets: 6, days: 4, seed: 7, now: NOON, until: NOON });
    // Without an interval, how long a report counts is a matter of the settings.
    await here.record([...reports].map((report) => ({ ...report, expectedIntervalS: undefined })));
    const lines = await linesOf(here);
    expect(await importInto(there, lines)).toEqual({ recorded: lines.length, known: 0, pruned: 0 });
    expect(await storedHistory(there)).toEqual(await storedHistory(here));
    expect((await here.incidents({}, ALL_TIME)).length).toBeGreaterThan(3);
    expect(await withoutIds(there)).toEqual(await withoutIds(here));
    expect(await linesOf(there)).toEqual(lines);
  });

  test('again changes nothing', async () => {
    const store = aStore();
    const lines = linesUpToNoon(600);
    await importInto(store, lines);
    const before = await storedHistory(store);
    expect(await importInto(store, lines)).toEqual({ recorded: 0, known: 600, pruned: 0 });
    expect(await storedHistory(store)).toEqual(before);
  });

  test('stops at a bad line, says which and why and how far it came, and goes on once it is mended', async () => {
    const store = aStore();
    const lines = linesUpToNoon(1200);
    const bad = lines.with(1100, '{"repo":"rsyslog"}');
    await expect(importInto(store, bad)).rejects.toThrow(
      /^Line 1101: \/server: is required; .*\nThe lines up to 1000 are recorded: /,
    );
    expect(await linesOf(store)).toHaveLength(1000);
    expect(await importInto(store, lines)).toEqual({ recorded: 200, known: 1000, pruned: 0 });
  });

  test('counts empty lines, but expects nothing of them', async () => {
    const store = aStore();
    const [line = ''] = linesUpToNoon(1);
    expect(await importInto(store, ['', line, ''])).toMatchObject({ recorded: 1 });
    await expect(importInto(store, ['', 'no'])).rejects.toThrow(/^Line 2: .*\nNothing was recorded: /);
  });

  test('leaves out what pruning left no place for, and takes the rest of the batch', async () => {
    const [whole, pruned] = [aStore(), aStore()];
    for (const store of [whole, pruned]) await importInto(store, linesUpToNoon(100));
    const horizon = NOON - 50 * MINUTE;
    for await (const _ of pruned.prune({ reportsBefore: horizon, historyBefore: 0 }, 1000));
    const before = await storedHistory(pruned);
    const elsewhere = toReportLine(aReport({ server: 'other', checkedAt: NOON - 99 * MINUTE }));
    const lines = [...linesUpToNoon(100), elsewhere];
    expect(await importInto(pruned, lines)).toEqual({ recorded: 1, known: 51, pruned: 49 });
    expect((await storedHistory(pruned)).filter(({ server }) => server !== 'other')).toEqual(before);
  });

  test('keeps a history that is older than reports are kept: periods and incidents outlive them', async () => {
    const store = aStore();
    await importInto(
      store,
      linesUpToNoon(3).map((line) => line.replaceAll('2026-', '2019-')),
    );
    expect(await storedHistory(store)).toMatchObject([{ periods: [{ reports: 3 }] }]);
  });

  test('passes on what the store cannot do', async () => {
    const store = { record: () => Promise.reject(new Error('disk full')) };
    await expect(importReports(each(linesUpToNoon(1)), { store, parse })).rejects.toThrow('disk full');
  });
});

async function withoutIds(store: Store) {
  return (await store.statuses({})).map(({ finding: { id: _, ...finding }, incident, ...status }) => ({
    ...status,
    finding,
    incident: incident && { ...incident, id: undefined },
  }));
}
