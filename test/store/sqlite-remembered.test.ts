import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { periodsInRange } from '../../src/store/sqlite/history-queries.ts';
import { incidentsInRange } from '../../src/store/sqlite/incident-query.ts';
import { Interning } from '../../src/store/sqlite/interning.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/open.ts';
import { reportPage } from '../../src/store/sqlite/report-query.ts';
import { statusesAt } from '../../src/store/sqlite/status-query.ts';
import { aReport, NOON } from '../fixtures.ts';

const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };
const betweenSlices = () => undefined;

const drifted = (name: string) => aReport({ syncStatus: 'OUT_OF_SYNC', files: [name] });

let db: Database;
beforeEach(() => {
  db = openDatabase({ path: ':memory:', version: '0.0.0-test' });
});
afterEach(() => {
  db.$client.close();
});

test('the cache of findings and sources is bounded, however many different ones are reported', () => {
  const interning = new Interning(db.$client);
  let most = 0;
  db.$client.transaction(() => {
    for (let i = 0; i < 25_000; i++) {
      interning.finding(drifted(`file-${i}`));
      interning.source(aReport({ commit: `c${i}` }), NOON);
      most = Math.max(most, interning.remembered);
    }
  })();
  expect(most).toBe(20_000);
  interning.finding(drifted('x'.repeat(1000)));
  expect(interning.remembered).toBeLessThanOrEqual(20_000);
});

test('statements are prepared for each kind of question, not for each value', () => {
  const prepare = vi.spyOn(db.$client, 'prepare');
  const askAbout = (name: string) => {
    for (const filter of [{}, { repos: [name] }, { servers: [name] }, { repos: [name], servers: [name] }]) {
      statusesAt(db, filter, { at: undefined, betweenSlices });
      statusesAt(db, filter, { at: NOON, betweenSlices });
      periodsInRange(db, filter, { range: EVER, betweenSlices });
      incidentsInRange(db, filter, { range: EVER, betweenSlices });
      reportPage(db, filter, { range: EVER, limit: 10, betweenSlices });
    }
  };
  askAbout('first');
  const prepared = prepare.mock.calls.length;
  expect(prepared).toBeGreaterThan(0);
  for (let i = 0; i < 500; i++) askAbout(`repo-${i}`);
  expect(prepare.mock.calls.length).toBe(prepared);
});
