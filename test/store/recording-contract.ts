import { describe, expect } from 'vitest';
import { aReport, aSubmission, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { ALL_TIME, type StartStore, storeTest } from './harness.ts';

const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });
const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };

/** What recording answers, and what it leaves unchanged. */
export function describeRecording(start: StartStore): void {
  const it = storeTest(start);

  describe('recording', () => {
    it('says how each report compares with the one before it', async (store, { setNow }) => {
      setNow(NOON + HOUR);
      const reports = [at(1), at(3), at(5, drift), at(7, drift), at(6), at(2), at(40, drift)];
      const answers = await recordAll(store, reports);
      expect(answers.map(({ change }) => change)).toEqual([
        'first',
        'unchanged',
        'changed',
        'unchanged',
        'late',
        'late',
        'unchanged',
      ]);
    });

    it('answers with the status of the target after the transaction', async (store, { setNow }) => {
      setNow(NOON + HOUR);
      const answers = await recordAll(store, [at(0), at(2, drift), at(4, { ...drift, files: ['a', 'b'] })]);
      for (const answer of answers) {
        expect(answer).toMatchObject({ since: NOON + 2 * MINUTE, staleAt: NOON + 14 * MINUTE });
        expect(answer.incident).toMatchObject({ openedAt: NOON + 2 * MINUTE, cause: undefined });
      }
    });

    it('gives received_at by its own clock, and a later one to each further report of one instant', async (store, {
      setNow,
    }) => {
      setNow(NOON + HOUR);
      await recordAll(store, [at(0), at(0, drift), at(0, { ...drift, files: ['b'] })]);
      const { reports } = await store.reports({}, { range: ALL_TIME, limit: 10 });
      expect(reports.map(({ receivedAt }) => receivedAt - NOON - HOUR)).toEqual([2, 1, 0]);
    });

    it('adds to an incident of one instant only what was found in it', async (store, { setNow }) => {
      setNow(NOON + HOUR);
      const wide = { ...drift, files: ['a', 'b'] };
      await recordAll(store, [at(0, wide), at(1, wide)]);
      // Between the two, but not among the reports of the instant that they share with the first.
      await recordAll(store, [at(0, { commit: 'x' }), at(0, drift), at(0, { commit: 'y' })]);
      const incidents = await store.incidents({}, ALL_TIME);
      expect(incidents.map(({ files }) => files.names).sort()).toEqual([['a'], ['a', 'b'], ['a', 'b']]);
    });

    it('refuses a submission whole, and records the others of its transaction', async (store, { setNow }) => {
      setNow(NOON);
      const outcomes = await store.record([
        aSubmission([at(0), at(60, { server: 'ahead' })]),
        aSubmission([at(0, { server: 'good' })]),
      ]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['refused', 'recorded']);
      expect((await store.statuses({})).map(({ target }) => target.server)).toEqual(['good']);
    });

    it('writes all of a transaction or nothing', async (store, { setNow }) => {
      setNow(NOON);
      const unstorable = at(0, { server: 'other', durationMs: 0.5 });
      await expect(store.record([aSubmission([at(0)]), aSubmission([unstorable])])).rejects.toThrow();
      expect(await store.statuses({})).toEqual([]);
      expect((await store.eventsAfter(0, { limit: 10 })).events).toEqual([]);
      await recordAll(store, [at(0)]);
      expect((await store.eventsAfter(0, { limit: 10 })).events).toHaveLength(1);
    });

    it('splits an incident of many findings into parts that each have their own files', async (store, {
      setNow,
    }) => {
      setNow(NOON + 3 * HOUR);
      const files = Array.from({ length: 100 }, (_, minute) => `${1000 + minute}`);
      await recordAll(
        store,
        files.map((file, minute) => at(minute, { ...drift, files: [file] })),
      );
      await recordAll(store, [at(69.5)]);
      const incidents = await store.incidents({}, ALL_TIME);
      expect(incidents.map(({ files: { names } }) => names)).toEqual([files.slice(70), files.slice(0, 70)]);
    });

    it('keeps the id of an incident that a late report moves or splits', async (store, { setNow }) => {
      setNow(NOON + HOUR);
      await recordAll(store, [at(0), at(10, drift), at(20, drift)]);
      const [opened] = await store.incidents({}, ALL_TIME);
      await recordAll(store, [at(5, drift)]);
      await recordAll(store, [at(15)]);
      const incidents = await store.incidents({}, ALL_TIME);
      expect(incidents.map(({ id, openedAt }) => [id, (openedAt - NOON) / MINUTE])).toEqual([
        [opened?.id, 20],
        [expect.any(Number), 5],
      ]);
    });

    it('allows several calls at the same time, and each gets its own answer', async (store) => {
      const servers = Array.from({ length: 20 }, (_, i) => `s${i}`);
      const answers = await Promise.all(servers.map((server) => recordAll(store, [at(0, { server })])));
      expect(answers.every(([answer]) => answer?.change === 'first')).toBe(true);
      expect(await store.statuses({})).toHaveLength(20);
    });

    it('has another version after every commit, and the same as long as nothing was written', async (store) => {
      const before = store.version();
      expect(store.version()).toBe(before);
      await recordAll(store, [at(0)]);
      const after = store.version();
      expect(after).not.toBe(before);
      await store.statuses({});
      expect(store.version()).toBe(after);
    });
  });

  describe('the file', () => {
    it('can be written to', async (store) => {
      await expect(store.probe()).resolves.toBeUndefined();
    });
  });
}
