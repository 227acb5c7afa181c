import { describe, expect, test } from 'vitest';
import type { StoredIncident } from '../../src/domain/incident.ts';
import { MUTED_MS, type Notification } from '../../src/domain/notify/notification.ts';
import { problemsOf, type TargetFacts } from '../../src/domain/notify/problems.ts';
import { type ReconcileInput, reconcile } from '../../src/domain/notify/reconcile.ts';
import { DAY, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aNotification } from '../notification.ts';

const now = NOON + HOUR;

function anIncident(traits: Partial<StoredIncident> = {}): StoredIncident {
  return {
    id: 7,
    openedAt: NOON,
    receivedAt: NOON,
    resolvedAt: undefined,
    cause: undefined,
    maxDriftCount: 1,
    files: { names: ['a'], isCut: false },
    unnamed: false,
    openedCommit: undefined,
    resolvedCommit: undefined,
    openedRunUrl: undefined,
    resolvedRunUrl: undefined,
    deployed: undefined,
    ...traits,
  };
}

function factsWith(incident: StoredIncident | undefined): TargetFacts {
  const syncStatus = incident === undefined ? 'SYNCED' : 'OUT_OF_SYNC';
  return {
    id: 1,
    target: { repo: 'rsyslog', server: 'a' },
    labels: {},
    reported: {
      checkedAt: NOON,
      staleAt: NOON + DAY,
      finding: { id: 1, syncStatus, driftCount: 1 },
      since: NOON,
      commit: undefined,
      lastSyncedAt: undefined,
      runUrl: undefined,
      error: undefined,
      errorKind: undefined,
    },
    declaredAt: 0,
    incident,
    recentIncidents: 1,
  };
}

/** What was told about incident 7. */
function told(): Notification {
  const [problem] = problemsOf(factsWith(anIncident()), NOON);
  return aNotification({ id: 1, thread: 't', told: problem, toldAt: NOON + MINUTE, messageId: 't' });
}

function reconciled(traits: Partial<ReconcileInput>) {
  const routing = { routes: [{ matchers: {}, channels: ['ops'] }], channels: ['ops'] };
  return reconcile({
    now,
    recordedAt: now,
    recipient: { name: 'ops', kind: 'messages', routing },
    targetId: 1,
    facts: factsWith(anIncident()),
    notifications: [told()],
    incidents: new Map([[7, anIncident()]]),
    ...traits,
  });
}

describe('what a channel was told, compared with what is true', () => {
  test('is not written again if nothing has changed', () => {
    expect(reconciled({})).toEqual({ write: [], remove: [] });
  });

  test('continues under another id if its incident became part of another one', () => {
    const { write, remove } = reconciled({ facts: factsWith(anIncident({ id: 8 })), incidents: new Map() });
    expect(remove).toEqual([]);
    expect(write).toEqual([{ ...told(), incidentId: 8 }]);
  });

  test('is over if its incident is stored and another one is open, which is new', () => {
    const resolved = anIncident({ resolvedAt: NOON + HOUR / 2 });
    const { write } = reconciled({
      facts: factsWith(anIncident({ id: 8 })),
      incidents: new Map([[7, resolved]]),
    });
    expect(write.map(({ incidentId, overAt, toldAt }) => [incidentId, overAt, toldAt])).toEqual([
      [7, now, NOON + MINUTE],
      [8, undefined, undefined],
    ]);
    expect(write[0]?.told?.resolution?.at).toBe(NOON + HOUR / 2);
  });

  test('is no longer over if a late report shows that it never ended, and the end was not told', () => {
    const before = { ...told(), overAt: now - MINUTE };
    const { write } = reconciled({ notifications: [before] });
    expect(write).toEqual([told()]);
  });
});

describe('a problem that was muted when due', () => {
  const waiting: Notification = {
    ...told(),
    told: undefined,
    toldAt: undefined,
    thread: undefined,
    messageId: undefined,
  };

  test('waits as long as it is held, however often its target is looked at', () => {
    const heldUntil = now + MUTED_MS;
    const held = { ...waiting, dueAt: heldUntil, heldUntil };
    expect(reconciled({ notifications: [held] })).toEqual({ write: [], remove: [] });
  });

  test('is due again if it was held while the clock was ahead', () => {
    const heldUntil = now + DAY;
    const { write } = reconciled({ notifications: [{ ...waiting, dueAt: heldUntil, heldUntil }] });
    expect(write.map(({ dueAt }) => dueAt <= now)).toEqual([true]);
  });
});
