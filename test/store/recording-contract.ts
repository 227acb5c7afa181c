import { describe, expect } from 'vitest';
import { aReport, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { ALL_TIME, type StartStore, storedHistory, storeTest } from './harness.ts';

/** What recording answers, and what it leaves alone. */
export function describeRecording(start: StartStore): void {
  const it = storeTest(start);

  describe('recording', () => {
    it('says how each report compares with the one before it', async (store) => {
      const at = (minute: number, traits = {}) => aReport({ checkedAt: NOON + minute * MINUTE, ...traits });
      const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
      const answers = await store.record([
        at(1),
        at(3),
        at(5, drift),
        at(7, drift),
        at(6),
        at(2),
        at(40, drift),
      ]);
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

    it('tells a retry what the first try was told, and changes nothing', async (store) => {
      const reports = [
        aReport(),
        aReport({ checkedAt: NOON + MINUTE }),
        aReport({ checkedAt: NOON + 2 * MINUTE, syncStatus: 'OUT_OF_SYNC', files: ['a'] }),
      ];
      for (const report of reports) {
        const [first] = await store.record([report]);
        const before = await storedHistory(store);
        const [again] = await store.record([{ ...report, receivedAt: report.receivedAt + HOUR }]);
        expect(again).toEqual({ ...first, recorded: 'duplicate' });
        expect(await storedHistory(store)).toEqual(before);
      }
      const [late] = await store.record([aReport()]);
      expect(late).toMatchObject({ recorded: 'duplicate', change: 'late' });
    });

    it('says since when the status holds, across findings and commits, but not across silence', async (store) => {
      const drift = (minute: number, files: string[], commit = 'a') =>
        aReport({ checkedAt: NOON + minute * MINUTE, syncStatus: 'OUT_OF_SYNC', files, commit });
      const answers = await store.record([
        aReport(),
        drift(2, ['a']),
        drift(4, ['a', 'b']),
        drift(6, ['b'], 'b'),
        drift(60, ['b'], 'b'),
      ]);
      expect(answers.map(({ since }) => (since - NOON) / MINUTE)).toEqual([0, 2, 2, 2, 60]);
      expect(answers.map(({ incident }) => incident && (incident.openedAt - NOON) / MINUTE)).toEqual([
        undefined,
        2,
        2,
        2,
        2,
      ]);
    });

    it('records all of a batch or none', async (store) => {
      const unstorable = { ...aReport({ checkedAt: NOON + MINUTE }), durationMs: 0.5 };
      await expect(store.record([aReport(), unstorable])).rejects.toThrow();
      expect(await store.statuses({})).toEqual([]);
    });

    it('keeps the id of an incident that a late report moves or splits', async (store) => {
      const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
      await store.record([aReport(), aReport({ checkedAt: NOON + 10 * MINUTE, ...drift })]);
      const [opened] = await store.incidents({}, ALL_TIME);
      await store.record([aReport({ checkedAt: NOON + 5 * MINUTE, ...drift })]);
      await store.record([aReport({ checkedAt: NOON + 7 * MINUTE })]);
      const incidents = await store.incidents({}, ALL_TIME);
      expect(incidents.map(({ id, openedAt }) => [id, (openedAt - NOON) / MINUTE])).toEqual([
        [expect.any(Number), 10],
        [opened?.id, 5],
      ]);
    });
  });

  describe('the file', () => {
    it('holds after a restart what was recorded before', async (store, harness) => {
      await store.record([
        aReport(),
        aReport({ checkedAt: NOON + MINUTE, syncStatus: 'OUT_OF_SYNC', files: ['a'] }),
      ]);
      const before = await storedHistory(store);
      expect(await storedHistory(await harness.restart())).toEqual(before);
    });

    it('can be written to', async (store) => {
      await expect(store.probe()).resolves.toBeUndefined();
    });
  });
}
