import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Change,
  holdsUntil,
  observeReport,
  observeTime,
  type Situation,
} from '../../src/domain/changes.ts';
import { foldHistory } from '../../src/domain/history.ts';
import type { Observation } from '../../src/domain/period.ts';
import { stateAt } from '../../src/domain/state.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import { observations } from './arbitraries.ts';

type Traits = Parameters<typeof aReport>[0];
type Outcome = Parameters<typeof observeReport>[1]['outcome'];

const LATER = NOON + 30 * MINUTE;

function anOutcome(traits: Partial<Outcome> = {}): Outcome {
  const staleAt = NOON + 60 * MINUTE;
  return { recorded: 'new', change: 'changed', since: NOON, staleAt, incident: undefined, ...traits };
}

function aSituation(traits: Partial<Situation> = {}): Situation {
  return {
    target: { repo: 'rsyslog', server: 'rsyslog-lab' },
    syncStatus: 'SYNCED',
    driftCount: 0,
    checkedAt: NOON,
    staleAt: NOON + 60 * MINUTE,
    state: 'SYNCED',
    incidentOpenedAt: undefined,
    ...traits,
  };
}

const afterReport = (before: Situation | undefined, traits: Traits, outcome: Partial<Outcome>, now = LATER) =>
  observeReport(before, { report: aReport(traits), outcome: anOutcome(outcome) }, now);

describe('a report', () => {
  test('that finds drift is another state and an open incident', () => {
    const report = { syncStatus: 'OUT_OF_SYNC', driftCount: 2, checkedAt: NOON + MINUTE } as const;
    const opened = { since: NOON + MINUTE, incident: { openedAt: NOON + MINUTE } };
    expect(afterReport(aSituation(), report, opened).changes).toMatchObject([
      { kind: 'state', state: 'OUT_OF_SYNC', previousState: 'SYNCED', since: NOON + MINUTE, driftCount: 2 },
      { kind: 'incident_opened', incidentOpenedAt: NOON + MINUTE },
    ]);
  });

  test('that finds it gone resolves the incident, and says which', () => {
    const drifted = aSituation({ syncStatus: 'OUT_OF_SYNC', state: 'OUT_OF_SYNC', incidentOpenedAt: NOON });
    expect(afterReport(drifted, { checkedAt: NOON + MINUTE }, {}).changes).toMatchObject([
      { kind: 'state', state: 'SYNCED', previousState: 'OUT_OF_SYNC' },
      { kind: 'incident_resolved', incidentOpenedAt: NOON },
    ]);
  });

  test('that says what is known already is no change', () => {
    expect(afterReport(aSituation(), { checkedAt: NOON + MINUTE }, { change: 'unchanged' }).changes).toEqual(
      [],
    );
    // The same again may be older than what counts, also where both are of the same instant.
    const again = { recorded: 'duplicate', change: 'first' } as const;
    expect(afterReport(aSituation(), { syncStatus: 'UNKNOWN' }, again).changes).toEqual([]);
  });

  test('that is the first of its target has no state before it', () => {
    expect(afterReport(undefined, {}, { change: 'first' }).changes).toMatchObject([
      { kind: 'state', state: 'SYNCED', previousState: undefined },
    ]);
  });

  test('that had run out before it came is never told as health', () => {
    const { changes } = afterReport(undefined, {}, { change: 'first', staleAt: LATER });
    expect(changes).toMatchObject([{ state: 'STALE', syncStatus: 'SYNCED', since: LATER }]);
  });

  test('that is late says nothing of now, but may move an incident', () => {
    const drifted = aSituation({ syncStatus: 'OUT_OF_SYNC', state: 'OUT_OF_SYNC', incidentOpenedAt: NOON });
    const late = { change: 'late', incident: { openedAt: NOON + MINUTE } } as const;
    expect(afterReport(drifted, { checkedAt: NOON - MINUTE }, late).changes).toMatchObject([
      { kind: 'incident_resolved', state: 'OUT_OF_SYNC', incidentOpenedAt: NOON },
      { kind: 'incident_opened', state: 'OUT_OF_SYNC', incidentOpenedAt: NOON + MINUTE },
    ]);
    expect(afterReport(undefined, {}, { change: 'late' }).changes).toEqual([]);
  });

  test('that shows an incident to have opened earlier opens no other', () => {
    const drifted = aSituation({ syncStatus: 'OUT_OF_SYNC', state: 'OUT_OF_SYNC', incidentOpenedAt: NOON });
    const late = { change: 'late', incident: { openedAt: NOON - MINUTE } } as const;
    const { situation, changes } = afterReport(drifted, {}, late);
    expect(changes).toEqual([]);
    expect(situation?.incidentOpenedAt).toBe(NOON - MINUTE);
  });

  test('that is told after a newer one changes nothing', () => {
    const before = aSituation();
    const older = { syncStatus: 'OUT_OF_SYNC', checkedAt: NOON - MINUTE } as const;
    expect(afterReport(before, older, { incident: { openedAt: NOON - MINUTE } })).toEqual({
      situation: before,
      changes: [],
    });
  });
});

describe('silence', () => {
  test('is told once, from the instant on at which the last report had run out', () => {
    const before = aSituation({ staleAt: NOON + MINUTE });
    expect(observeTime(before, NOON + MINUTE - 1).changes).toEqual([]);
    const { situation, changes } = observeTime(before, LATER);
    expect(changes).toMatchObject([{ kind: 'state', state: 'STALE', since: NOON + MINUTE }]);
    expect(observeTime(situation ?? before, LATER).changes).toEqual([]);
  });

  test('is what a report vouches for whose instant is yet to come, until the clock is back where it was', () => {
    const turnedBack = observeTime(aSituation(), NOON - 10 * MINUTE);
    expect(turnedBack.changes).toMatchObject([{ state: 'STALE', previousState: 'SYNCED' }]);
    const situation = turnedBack.situation ?? aSituation();
    expect(holdsUntil(situation, NOON - 10 * MINUTE)).toBe(NOON - 5 * MINUTE);
    expect(observeTime(situation, NOON - 5 * MINUTE).changes).toMatchObject([{ state: 'SYNCED' }]);
  });

  test('is over with the next report, and resolves no incident', () => {
    const silent = aSituation({ state: 'STALE', syncStatus: 'OUT_OF_SYNC', incidentOpenedAt: NOON });
    const drifted = { syncStatus: 'OUT_OF_SYNC', checkedAt: NOON + MINUTE } as const;
    const { changes } = afterReport(silent, drifted, { incident: { openedAt: NOON } });
    expect(changes).toMatchObject([{ kind: 'state', state: 'OUT_OF_SYNC', previousState: 'STALE' }]);
  });
});

test('in order, incidents open and resolve exactly where the history has them', () => {
  fc.assert(
    fc.property(observations, (all) => {
      const inOrder = all
        .filter((one, i) => all.findIndex(({ checkedAt }) => checkedAt === one.checkedAt) === i)
        .sort((a, b) => a.checkedAt - b.checkedAt);
      const told = tellAll(inOrder).filter(({ kind }) => kind !== 'state');
      const incidents = foldHistory(inOrder).incidents.flatMap(({ openedAt, resolvedAt }) => [
        ['incident_opened', openedAt, openedAt],
        ...(resolvedAt === undefined ? [] : [['incident_resolved', openedAt, resolvedAt]]),
      ]);
      expect(told.map((change) => [change.kind, change.incidentOpenedAt, change.checkedAt])).toEqual(
        incidents,
      );
    }),
  );
});

/** Each report at its own instant, with what recording it comes to according to the history so far. */
function tellAll(reports: readonly Observation[]): Change[] {
  let before: Situation | undefined;
  return reports.flatMap(({ checkedAt, staleAt, finding }, i) => {
    const { incidents } = foldHistory(reports.slice(0, i + 1));
    const incident = incidents.find(({ resolvedAt }) => resolvedAt === undefined);
    const report = { ...aReport({ checkedAt }), finding };
    const outcome = anOutcome({ since: checkedAt, staleAt, incident });
    const { situation, changes } = observeReport(before, { report, outcome }, checkedAt);
    expect(situation?.state).toBe(stateAt({ syncStatus: finding.syncStatus, checkedAt, staleAt }, checkedAt));
    before = situation;
    return [...changes];
  });
}
