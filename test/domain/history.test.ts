import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../src/domain/history.ts';
import { compareKeys } from '../../src/domain/history-key.ts';
import { observations } from './arbitraries.ts';

describe('the fold', () => {
  test('is the same for any order of arrival', () => {
    fc.assert(
      fc.property(observations, fc.integer(), (reports, rotation) => {
        const at = reports.length === 0 ? 0 : Math.abs(rotation) % reports.length;
        expect(foldHistory([...reports.slice(at), ...reports.slice(0, at)])).toEqual(foldHistory(reports));
      }),
    );
  });

  test('breaks a period exactly if the finding or the commit changes, or a report comes too late', () => {
    fc.assert(
      fc.property(observations, (reports) => {
        const sorted = [...reports].sort(compareKeys);
        const breaks = sorted.filter((report, i) => {
          const before = sorted[i - 1];
          if (before === undefined) return true;
          const isSame = before.finding.id === report.finding.id && before.commit === report.commit;
          return !isSame || report.checkedAt > before.staleAt;
        });
        const starts = foldHistory(reports).periods.map(({ startedAt, receivedAt }) => [
          startedAt,
          receivedAt,
        ]);
        expect(starts).toEqual(breaks.map(({ checkedAt, receivedAt }) => [checkedAt, receivedAt]));
      }),
    );
  });

  test('opens an incident at the first drift and resolves it only at the next SYNCED', () => {
    fc.assert(
      fc.property(observations, (reports) => {
        const told = [...reports].sort(compareKeys).filter(({ finding }) => finding.syncStatus !== 'UNKNOWN');
        const turns = told.filter((report, i) => {
          const before = told[i - 1]?.finding.syncStatus ?? 'SYNCED';
          return report.finding.syncStatus !== before;
        });
        const incidents = foldHistory(reports).incidents.flatMap(({ openedAt, resolvedAt }) =>
          resolvedAt === undefined ? [openedAt] : [openedAt, resolvedAt],
        );
        expect(incidents).toEqual(turns.map(({ checkedAt }) => checkedAt));
      }),
    );
  });
});
