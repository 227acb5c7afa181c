import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stateOf } from '../../../src/domain/target-status.ts';
import { aSubmission, HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { propertyRuns } from '../../full-length.ts';
import { type Arrival, arrivals, arrivedAt, batching, inBatches } from '../../store/arrivals.ts';
import { MemoryRows } from './memory-rows.ts';

function recordAll(rows: MemoryRows, all: readonly Arrival[], sizes: readonly number[]) {
  for (const batch of inBatches(all, sizes)) {
    const submissions = batch.map(({ reports }) => aSubmission(reports));
    rows.record(submissions, arrivedAt(batch));
  }
}

describe('planRecord', () => {
  test('makes periods and incidents that equal the fold over every recorded report, in any order and any batches', () => {
    fc.assert(
      fc.property(arrivals, batching, (all, sizes) => {
        const rows = new MemoryRows();
        recordAll(rows, all, sizes);
        for (const target of rows.targets()) expect(rows.history(target)).toEqual(rows.fold(target));
      }),
      propertyRuns(3000),
    );
  });

  test('gives a target the status that the fold gives', () => {
    fc.assert(
      fc.property(arrivals, batching, (all, sizes) => {
        const rows = new MemoryRows();
        recordAll(rows, all, sizes);
        for (const target of rows.targets()) {
          const { periods, incidents } = rows.fold(target);
          const status = rows.status(target);
          const open = incidents.find(({ resolvedAt }) => resolvedAt === undefined);
          const reports = [...rows.rows(target).reports].sort(
            (a, b) => a.checkedAt - b.checkedAt || a.receivedAt - b.receivedAt,
          );
          const lastSynced = reports.findLast(({ finding }) => finding.syncStatus === 'SYNCED');
          expect(status).toMatchObject({
            since: periods.findLast(({ startsState }) => startsState)?.startedAt,
            lastCheckAt: reports.at(-1)?.lastCheckAt,
            newestReceivedAt: Math.max(...reports.map(({ receivedAt }) => receivedAt)),
            newestLastCheckAt: Math.max(...reports.map(({ lastCheckAt }) => lastCheckAt)),
          });
          expect(status.incident?.openedAt).toBe(open?.openedAt);
          expect(status.incident?.cause).toBe(open?.cause);
          expect([status.lastSyncedAt, status.lastSyncedCommit]).toEqual([
            lastSynced?.checkedAt,
            lastSynced?.commit,
          ]);
          const counted = status.reports.SYNCED + status.reports.OUT_OF_SYNC + status.reports.UNKNOWN;
          expect(counted).toBe(reports.length);
        }
      }),
      propertyRuns(1000),
    );
  });

  test('records nothing twice: when everything is sent again, all are duplicates and nothing changes', () => {
    fc.assert(
      fc.property(arrivals, batching, (all, sizes) => {
        const rows = new MemoryRows();
        recordAll(rows, all, sizes);
        const before = rows.targets().map((target) => [rows.history(target), rows.status(target)]);
        const events = rows.events.length;
        const accepted = rows.targets().flatMap((target) => rows.rows(target).reports);
        const again = accepted.map(({ findingId: _, checkedAt: __, receivedAt: ___, ...report }) => ({
          ...report,
          takesOver: false,
        }));
        const outcomes = rows.record(
          again.map((report) => aSubmission([report])),
          NOON + HOUR,
        );
        expect(
          outcomes.every((one) => one.kind === 'recorded' && one.answers[0]?.recorded === 'duplicate'),
        ).toBe(true);
        expect(rows.targets().map((target) => [rows.history(target), rows.status(target)])).toEqual(before);
        expect(rows.events.length).toBe(events);
      }),
      propertyRuns(500),
    );
  });

  test('asks at most three times for the needs of one report, however late it is', () => {
    fc.assert(
      fc.property(arrivals, (all) => {
        const rows = new MemoryRows();
        for (const { reports, minute } of all) {
          for (const report of reports) {
            rows.record([aSubmission([report])], NOON + minute * MINUTE);
            expect(rows.rounds).toBeLessThanOrEqual(3);
          }
        }
      }),
      propertyRuns(1000),
    );
  });

  test('never orders a report after its own last_check, nor after everything that had arrived', () => {
    fc.assert(
      fc.property(arrivals, batching, (all, sizes) => {
        const rows = new MemoryRows();
        recordAll(rows, all, sizes);
        for (const target of rows.targets()) {
          const { reports } = rows.rows(target);
          const newestReceivedAt = Math.max(...reports.map(({ receivedAt }) => receivedAt));
          for (const { checkedAt, lastCheckAt } of reports) {
            expect(checkedAt).toBeLessThanOrEqual(Math.min(lastCheckAt, newestReceivedAt));
          }
        }
      }),
      propertyRuns(500),
    );
  });
});

describe('the event log', () => {
  test('replayed over the states gives the states: state, incident and commit', () => {
    fc.assert(
      fc.property(
        arrivals,
        batching,
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 4 }),
        (all, sizes, scans) => {
          const rows = new MemoryRows();
          recordAll(rows, all, sizes);
          for (const minute of scans) rows.recordTimeChanges(NOON + minute * MINUTE);
          const now = NOON + 55 * MINUTE;
          rows.recordTimeChanges(now);
          for (const target of rows.targets()) {
            const told = rows.events.filter(
              ({ repo, server }) => repo === target.repo && server === target.server,
            );
            expect(told[0]?.kind).toBe('target_added');
            expect(told.filter(({ kind }) => kind === 'target_added')).toHaveLength(1);
            expect(told.at(-1)?.state).toBe(stateOf(rows.status(target), now));
            const states = told.filter(({ kind }) => kind === 'target_added' || kind === 'state_changed');
            expect(states.slice(1).map(({ previousState }) => previousState)).toEqual(
              states.slice(0, -1).map(({ state }) => state),
            );
            expect(states.every(({ state, previousState }) => state !== previousState)).toBe(true);
            expect(openIncidentsTold(told)).toEqual(
              rows.status(target).incident ? [rows.status(target).incident] : [],
            );
          }
        },
      ),
      propertyRuns(2000),
    );
  });
});

function openIncidentsTold(events: MemoryRows['events']) {
  const open = new Map<number, unknown>();
  for (const { kind, incident } of events) {
    if (incident === undefined) continue;
    const isOpened = kind === 'incident_opened';
    // An incident that is over may turn out to have another cause, or more files.
    if (isOpened || (kind === 'incident_changed' && open.has(incident.id))) open.set(incident.id, incident);
    if (kind === 'incident_resolved') open.delete(incident.id);
  }
  return [...open.values()];
}
