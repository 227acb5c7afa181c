import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { announcedStateOf } from '../../../src/domain/record/facts.ts';
import { aReport, aSubmission, DAY, HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { propertyRuns } from '../../full-length.ts';
import { arrivals, arrivedAt } from '../../store/arrivals.ts';
import { MemoryRows } from './memory-rows.ts';

const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };
const drift = { syncStatus: 'OUT_OF_SYNC', files: ['a'] } as const;

function told(rows: MemoryRows): string[] {
  return rows.events.map(
    ({ kind, origin, previousState, state }) => `${kind} ${previousState ?? '-'}>${state ?? '-'} (${origin})`,
  );
}

describe('a declared target', () => {
  test('is added as STALE, once', () => {
    const rows = new MemoryRows();
    expect(rows.declare(LAB, NOON)).toBe(true);
    expect(rows.declare(LAB, NOON + HOUR)).toBe(false);
    expect(rows.events).toMatchObject([
      { kind: 'target_added', ...LAB, state: 'STALE', effectiveAt: NOON, detail: { declared: true } },
    ]);
    expect(rows.rows(LAB).existing.declaredAt).toBe(NOON);
  });

  test('is no longer STALE after its first report, which is no second target_added', () => {
    const rows = new MemoryRows();
    rows.declare(LAB, NOON);
    rows.record([aSubmission([aReport({ lastCheckAt: NOON + MINUTE, ...drift })])], NOON + MINUTE);
    expect(told(rows)).toEqual([
      'target_added ->STALE (action)',
      'state_changed STALE>OUT_OF_SYNC (report)',
      'incident_opened ->OUT_OF_SYNC (report)',
    ]);
  });

  test('stays STALE if its first report has expired, or is an old one that was imported', () => {
    const rows = new MemoryRows();
    rows.declare(LAB, NOON);
    rows.record([aSubmission([aReport({ lastCheckAt: NOON - DAY })], { origin: 'import' })], NOON + MINUTE);
    expect(told(rows)).toEqual(['target_added ->STALE (action)']);
    rows.record([aSubmission([aReport({ lastCheckAt: NOON - HOUR })])], NOON + MINUTE);
    expect(told(rows).slice(1)).toEqual([
      'state_changed STALE>SYNCED (report)',
      'state_changed SYNCED>STALE (report)',
    ]);
  });

  test('that is deleted and declared again comes back, with its labels', () => {
    const rows = new MemoryRows();
    rows.declare(LAB, NOON);
    rows.delete(LAB, NOON + MINUTE);
    expect(rows.declare(LAB, NOON + HOUR)).toBe(true);
    expect(told(rows)).toEqual([
      'target_added ->STALE (action)',
      'target_deleted STALE>- (delete)',
      'target_added ->STALE (action)',
    ]);
    expect(rows.rows(LAB).existing).toMatchObject({ declaredAt: NOON, deletedAt: undefined });
  });

  test('that had reported before it was deleted comes back as STALE, with the usual event', () => {
    const rows = new MemoryRows();
    rows.record([aSubmission([aReport({ staleAfterMs: DAY, labels: { env: 'lab' } })])], NOON);
    rows.delete(LAB, NOON + MINUTE);
    rows.declare(LAB, NOON + HOUR);
    expect(rows.events.at(-1)).toMatchObject({
      kind: 'target_added',
      state: 'STALE',
      labels: { env: 'lab' },
    });
    rows.recordTimeChanges(NOON + 2 * HOUR);
    rows.record([aSubmission([aReport({ lastCheckAt: NOON + 3 * HOUR })])], NOON + 3 * HOUR);
    expect(told(rows).slice(3)).toEqual(['state_changed STALE>SYNCED (report)']);
  });

  test('that is deleted stays deleted when an earlier report arrives', () => {
    const rows = new MemoryRows();
    rows.declare(LAB, NOON);
    rows.delete(LAB, NOON + HOUR);
    rows.record([aSubmission([aReport({ lastCheckAt: NOON + MINUTE })])], NOON + 2 * HOUR);
    expect(announcedStateOf(rows.rows(LAB).existing)).toBe(undefined);
    expect(told(rows)).toHaveLength(2);
  });

  test('is nothing new if it reports already', () => {
    const rows = new MemoryRows();
    rows.record([aSubmission([aReport()])], NOON);
    expect(rows.declare(LAB, NOON + MINUTE)).toBe(false);
    expect(rows.rows(LAB).existing.declaredAt).toBe(undefined);
  });

  test('in any order of declaring, deleting and reporting, rows equal the fold, and the log has its state', () => {
    const steps = fc.array(
      fc.record({ minute: fc.integer({ min: 0, max: 60 }), step: fc.constantFrom('declare', 'delete') }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(arrivals, steps, (all, others) => {
        const rows = new MemoryRows();
        const target = { repo: 'rsyslog', server: 'lab' };
        const inTime = [
          ...all.map((arrival) => ({ at: arrivedAt([arrival]), arrival, step: undefined })),
          ...others.map(({ minute, step }) => ({ at: NOON + minute * MINUTE, arrival: undefined, step })),
        ].sort((a, b) => a.at - b.at);
        let declaredAt: number | undefined;
        for (const { at, arrival, step } of inTime) {
          if (arrival !== undefined) rows.record([aSubmission(arrival.reports)], at);
          else if (step === 'declare') {
            if (rows.declare(target, at)) declaredAt ??= at;
          } else if (rows.isShown(target)) rows.delete(target, at);
        }
        rows.recordTimeChanges(NOON + 2 * HOUR);
        if (rows.isKnown(target)) {
          const { existing } = rows.rows(target);
          expect(existing.declaredAt).toBe(declaredAt);
          const last = rows.events.findLast(({ server }) => server === 'lab');
          expect(last?.state).toBe(announcedStateOf(existing));
          const states = rows.events.filter(
            ({ server, kind }) =>
              server === 'lab' && ['target_added', 'state_changed', 'target_deleted'].includes(kind),
          );
          expect(states.slice(1).map(({ previousState }) => previousState)).toEqual(
            states.slice(0, -1).map(({ state }) => state),
          );
          // A deletion ends the validity of earlier reports: the fold over the reports cannot know that.
          if (existing.lastDeletedAt === undefined && existing.status !== undefined) {
            expect(rows.history(target)).toEqual(rows.fold(target));
          }
        }
      }),
      propertyRuns(1000),
    );
  });
});
