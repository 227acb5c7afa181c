import { expect, test, vi } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { aReport, aSubmission, NOON } from '../fixtures.ts';

const drifted = (server: string) =>
  aReport({ server, syncStatus: 'OUT_OF_SYNC', files: ['a', 'b'], extra: { z: 1, a: { c: 2, b: 3 } } });

function aStore() {
  const turn = vi.fn(async () => undefined);
  return {
    turn,
    store: openSqliteStore({ path: ':memory:', version: '0.0.0-test', clock: () => NOON, turn }),
  };
}

test('the reports of a large submission are prepared one by one before its transaction', async () => {
  const { store, turn } = aStore();
  const reports = ['s1', 's2', 's3'].map(drifted);
  await store.record([aSubmission(reports, { bytes: 8 * 1024 * 1024 })]);
  expect(turn.mock.calls.length).toBeGreaterThanOrEqual(reports.length);
  await store.close();
});

test('a small submission is recorded at once', async () => {
  const { store, turn } = aStore();
  await store.record([aSubmission([drifted('s1')], { bytes: 1000 })]);
  expect(turn).not.toHaveBeenCalled();
  await store.close();
});

test('a large submission is stored, and recognised again, like a small one', async () => {
  const { store } = aStore();
  const [first] = await store.record([aSubmission([drifted('s1')], { bytes: 1_000_000 })]);
  const [again] = await store.record([aSubmission([drifted('s1')])]);
  const [other] = await store.record([aSubmission([drifted('s2')])]);
  const [large] = await store.record([aSubmission([drifted('s2')], { bytes: 1_000_000 })]);
  expect(first).toMatchObject({ answers: [{ recorded: 'new' }] });
  expect(again).toMatchObject({ answers: [{ recorded: 'duplicate' }] });
  expect(other).toMatchObject({ answers: [{ recorded: 'new' }] });
  expect(large).toMatchObject({ answers: [{ recorded: 'duplicate' }] });
  const stored = [];
  for await (const { finding, extra } of store.everyReport({})) stored.push({ files: finding.files, extra });
  expect(stored[0]).toEqual(stored[1]);
  await store.close();
});
