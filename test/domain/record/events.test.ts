import { describe, expect, test } from 'vitest';
import { aReport, DAY, HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { drift, OneTarget, TARGET } from './recorded.ts';

const at = (minute: number, traits = {}) => ({ lastCheckAt: NOON + minute * MINUTE, ...traits });

describe('the events of reports in order', () => {
  test('have the first state as target_added, and then what changes', () => {
    const one = new OneTarget();
    one.record(at(0, { commit: 'one' }));
    one.record(at(1, { commit: 'one' }));
    one.record(at(2, { ...drift, commit: 'two' }));
    one.record(at(3, { syncStatus: 'OUT_OF_SYNC', files: ['b'], commit: 'two' }));
    one.record(at(4, { commit: 'two' }));
    expect(one.told()).toEqual([
      '0 target_added SYNCED',
      '2 state_changed SYNCED>OUT_OF_SYNC',
      '2 commit_changed',
      '2 incident_opened #1',
      '3 incident_changed #1',
      '4 state_changed OUT_OF_SYNC>SYNCED',
      '4 incident_resolved #1',
    ]);
  });

  test('do not exist for an unchanged report', () => {
    const one = new OneTarget();
    one.record(at(0, drift));
    const before = one.told().length;
    for (let minute = 1; minute < 9; minute++) one.record(at(minute, drift));
    expect(one.told()).toHaveLength(before);
  });

  test('leave out the first known commit', () => {
    const one = new OneTarget();
    one.record(at(0));
    one.record(at(1, { commit: 'one' }));
    one.record(at(2));
    one.record(at(3, { commit: 'one' }));
    one.record(at(4, { commit: 'two' }));
    expect(one.told()).toEqual(['0 target_added SYNCED', '4 commit_changed']);
  });

  test('are its own state and STALE for a report that has expired on arrival', () => {
    const one = new OneTarget();
    one.record(at(0), { now: NOON });
    one.record(at(5, drift), { now: NOON + HOUR });
    expect(one.told()).toEqual([
      '0 target_added SYNCED',
      '5 state_changed SYNCED>OUT_OF_SYNC',
      '5 incident_opened #1',
      '15 state_changed OUT_OF_SYNC>STALE',
    ]);
  });

  test('are both there for a gap that ended before the scan', () => {
    const one = new OneTarget();
    one.record(at(0));
    one.record(at(30));
    expect(one.told()).toEqual([
      '0 target_added SYNCED',
      '10 state_changed SYNCED>STALE',
      '30 state_changed STALE>SYNCED',
    ]);
  });

  test('an incident stays open through UNKNOWN and silence', () => {
    const one = new OneTarget();
    one.record(at(0, drift));
    one.record(at(5, { syncStatus: 'UNKNOWN' }));
    one.record(at(60, drift));
    one.record(at(61));
    expect(one.told().filter((line) => line.includes('incident'))).toEqual([
      '0 incident_opened #1',
      '61 incident_resolved #1',
    ]);
  });

  test('have the actor, the run and the labels of their time', () => {
    const one = new OneTarget();
    const report = aReport({
      ...drift,
      labels: { env: 'prod' },
      runUrl: 'https://ci.example/1',
      commit: 'abc',
    });
    one.submit([report], { now: NOON, actor: 'ci' });
    one.record(at(1, { labels: { env: 'test' } }));
    const [added, opened] = one.rows.events;
    expect(added).toMatchObject({
      actor: 'ci',
      labels: { env: 'prod' },
      runUrl: 'https://ci.example/1',
      commit: 'abc',
      driftCount: 1,
    });
    expect(opened).toMatchObject({
      kind: 'incident_opened',
      incident: { id: 1, openedAt: NOON, cause: undefined },
    });
    expect(one.rows.events.at(-1)).toMatchObject({ kind: 'incident_resolved', labels: { env: 'test' } });
  });
});

describe('the events of late reports', () => {
  test('have the difference that they make to the incidents, and nothing about now', () => {
    const one = new OneTarget();
    one.record(at(0));
    one.record(at(10, drift));
    one.record(at(20, drift));
    const before = one.told().length;
    one.record(at(15), { now: NOON + 21 * MINUTE });
    expect(one.told().slice(before)).toEqual([
      '10 incident_opened #2 (late)',
      '15 incident_resolved #2 (late)',
      '21 incident_changed #1 (late)',
    ]);
    expect(one.status.incident).toMatchObject({ id: 1, openedAt: NOON + 20 * MINUTE });
  });

  test('leave out an incident that was over more than 30 days ago', () => {
    const one = new OneTarget();
    one.record(at(0));
    one.record(at(60 * 24 * 40), { now: NOON + 40 * DAY });
    const before = one.told().length;
    one.submit([aReport(at(5, drift)), aReport(at(6))], { now: NOON + 40 * DAY });
    expect(one.told().slice(before)).toEqual([]);
    expect(one.rows.history(TARGET).incidents).toHaveLength(1);
  });

  test('an import has events for one difference, however many reports it has', () => {
    const one = new OneTarget();
    const reports = [at(0), at(2, drift), at(4), at(6, drift)].map(aReport);
    one.submit(reports, { now: NOON + 7 * MINUTE, origin: 'import' });
    expect(one.told()).toEqual([
      '6 target_added OUT_OF_SYNC (import)',
      '2 incident_opened #1 (import)',
      '4 incident_resolved #1 (import)',
      '6 incident_opened #2 (import)',
    ]);
  });
});

describe('the events of time', () => {
  test('have silence once, with the instant at which it began', () => {
    const one = new OneTarget();
    one.record(at(0));
    one.rows.recordTimeChanges(NOON + 9 * MINUTE);
    one.rows.recordTimeChanges(NOON + 12 * MINUTE);
    one.rows.recordTimeChanges(NOON + 13 * MINUTE);
    expect(one.told()).toEqual(['0 target_added SYNCED', '10 state_changed SYNCED>STALE (time)']);
  });

  test('have a clock that was wrong and is corrected', () => {
    const one = new OneTarget();
    one.record(at(0));
    one.rows.recordTimeChanges(NOON + DAY);
    one.rows.recordTimeChanges(NOON + MINUTE);
    one.rows.recordTimeChanges(NOON - HOUR);
    expect(one.told().slice(1)).toEqual([
      '10 state_changed SYNCED>STALE (time)',
      '1 state_changed STALE>SYNCED (time)',
      '-60 state_changed SYNCED>STALE (time)',
    ]);
  });

  test('a report after a STALE event has an event that ends it', () => {
    const one = new OneTarget();
    one.record(at(0));
    one.rows.recordTimeChanges(NOON + 12 * MINUTE);
    one.record(at(13));
    expect(one.told().at(-1)).toBe('13 state_changed STALE>SYNCED');
  });
});

describe('deleting', () => {
  test('has an event; late and repeated reports are recorded, leave it deleted, and have no event', () => {
    const one = new OneTarget();
    one.record(at(0, drift));
    one.rows.delete(TARGET, NOON + 5 * MINUTE);
    expect(one.rows.events.at(-1)).toMatchObject({
      kind: 'target_deleted',
      previousState: 'OUT_OF_SYNC',
      state: undefined,
    });
    const before = one.told().length;
    one.record(at(0, drift), { now: NOON + 6 * MINUTE });
    one.record(at(3), { now: NOON + 6 * MINUTE });
    one.submit([aReport(at(20))], { now: NOON + 30 * MINUTE, origin: 'import' });
    one.rows.recordTimeChanges(NOON + HOUR);
    expect(one.told()).toHaveLength(before);
    expect(one.rows.rows(TARGET).existing.deletedAt).toBe(NOON + 5 * MINUTE);
  });

  test('is undone by a new report: an event says added, and the time between is STALE', () => {
    const one = new OneTarget();
    one.record(at(0));
    one.rows.delete(TARGET, NOON + MINUTE);
    one.record(at(3));
    expect(one.told().slice(1)).toEqual(['1 target_deleted (delete)', '3 target_added SYNCED']);
    expect(one.rows.rows(TARGET).existing).toMatchObject({
      deletedAt: undefined,
      lastDeletedAt: NOON + MINUTE,
    });
    const { periods } = one.rows.history(TARGET);
    expect(
      periods.map(({ startedAt, staleAt }) => [(startedAt - NOON) / MINUTE, (staleAt - NOON) / MINUTE]),
    ).toEqual([
      [0, 1],
      [3, 13],
    ]);
  });
});

describe('a late report from before a deletion', () => {
  test('does not count for the time after it', () => {
    const one = new OneTarget();
    one.record(at(0));
    one.rows.delete(TARGET, NOON + MINUTE);
    one.record(at(3));
    one.record(at(0.5), { now: NOON + 4 * MINUTE });
    const { periods } = one.rows.history(TARGET);
    expect(periods.map(({ staleAt }) => (staleAt - NOON) / MINUTE)).toEqual([1, 13]);
  });
});

describe('labels', () => {
  test('are those of the newest report with any, late or not', () => {
    const one = new OneTarget();
    one.record(at(10, { labels: { env: 'prod' } }));
    one.record(at(12));
    one.record(at(5, { labels: { env: 'old' } }), { now: NOON + 12 * MINUTE });
    expect(one.rows.rows(TARGET).existing.labels).toEqual({ env: 'prod' });
    one.record(at(11, { labels: { env: 'test' } }), { now: NOON + 12 * MINUTE });
    expect(one.rows.rows(TARGET).existing.labels).toEqual({ env: 'test' });
    one.record(at(13, { labels: {} }));
    expect(one.rows.rows(TARGET).existing.labels).toEqual({});
  });
});

describe('the facts that a late report needs', () => {
  test('are around it inside an incident; a SYNCED that cuts the incident also needs what it cuts', () => {
    const one = new OneTarget();
    for (let minute = 0; minute < 20; minute++) one.record(at(minute, { ...drift, files: [`f${minute}`] }));
    one.record(at(5.5, drift), { now: NOON + 20 * MINUTE });
    expect(one.rows.needs.map(({ kind }) => kind)).not.toContain('drift');
    one.record(at(7.5), { now: NOON + 20 * MINUTE });
    expect(one.rows.needs.filter(({ kind }) => kind === 'drift')).toHaveLength(2);
  });
});
