import { describe, expect, test } from 'vitest';
import { type ExplainInput, explain } from '../../src/domain/notify/explain.ts';
import type { TargetFacts } from '../../src/domain/notify/problems.ts';
import type { Route } from '../../src/domain/notify/routing.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aNotification } from '../notification.ts';

const facts: TargetFacts = {
  id: 1,
  target: { repo: 'rsyslog', server: 'a' },
  labels: { env: 'prod' },
  reported: {
    checkedAt: NOON,
    staleAt: NOON + HOUR,
    finding: { id: 1, syncStatus: 'OUT_OF_SYNC', driftCount: 1 },
    since: NOON,
    commit: undefined,
    lastSyncedAt: undefined,
    runUrl: undefined,
    error: undefined,
    errorKind: undefined,
  },
  declaredAt: 0,
  incident: {
    id: 7,
    openedAt: NOON,
    receivedAt: NOON,
    resolvedAt: undefined,
    cause: undefined,
    maxDriftCount: 1,
    files: { names: ['a.conf'], isCut: false },
    unnamed: false,
    openedCommit: undefined,
    resolvedCommit: undefined,
    openedRunUrl: undefined,
    resolvedRunUrl: undefined,
    deployed: undefined,
  },
  recentIncidents: 1,
};

const waiting = aNotification({ id: 1, dueAt: NOON + 10 * MINUTE, repeatMs: HOUR });

function explained(routes: readonly Route[], traits: Partial<ExplainInput> = {}) {
  return explain({
    now: NOON + MINUTE,
    routing: { routes, channels: ['ops'] },
    facts,
    notifications: new Map([['ops', [waiting]]]),
    isMuted: () => false,
    acknowledgedBy: () => undefined,
    ...traits,
  });
}

const TO_OPS: Route = { matchers: {}, channels: ['ops'] };

describe('why a channel is told, or not', () => {
  test('names each matcher of a route that does not match', () => {
    const [drift] = explained([
      TO_OPS,
      {
        channels: ['ops'],
        matchers: { repo: ['rsyslog'], server: ['!a'], labels: { env: ['lab'], team: [''] }, file: ['b*'] },
        conditions: ['stale'],
      },
    ]);
    expect(drift?.routes.map(({ failing }) => failing)).toEqual([
      [],
      ['conditions', 'server', 'file', 'labels.env'],
    ]);
  });

  test('says what would happen if something were wrong, and what is not known yet', () => {
    const [, unknown, stale] = explained([
      { channels: ['ops'], matchers: { file: ['b*'], cause: ['host_changed'] } },
      { channels: ['ops'], matchers: { server: ['b'] } },
    ]);
    expect(unknown?.since).toBeUndefined();
    expect(unknown?.routes).toEqual([
      { channels: ['ops'], failing: [], open: ['file', 'cause'] },
      { channels: ['ops'], failing: ['server'], open: [] },
    ]);
    expect(unknown?.channels[0]?.outcome).toEqual({ kind: 'would_be_told', afterMs: 30 * MINUTE });
    expect(stale?.channels[0]?.outcome).toEqual({ kind: 'would_be_told', afterMs: MINUTE });
  });

  test.each([
    ['no route leads there', [], {}, { kind: 'no_route' }],
    ['it waits', [TO_OPS], {}, { kind: 'waits', until: NOON + 10 * MINUTE }],
    ['no server has seen it', [TO_OPS], { notifications: new Map() }, { kind: 'waits', until: undefined }],
    ['it is muted', [TO_OPS], { isMuted: () => true }, { kind: 'muted' }],
    [
      'it was told, and somebody works on it',
      [],
      { notifications: told(), acknowledgedBy: () => 'kim' },
      { kind: 'told', at: NOON, acknowledgedBy: 'kim' },
    ],
    [
      'the target flaps',
      [TO_OPS],
      { notifications: new Map([['ops', [{ ...waiting, isFlapping: true, toldAt: NOON }]]]) },
      { kind: 'flaps', toldAt: NOON },
    ],
  ])('of a drift: %s', (_, routes, traits, outcome) => {
    const [drift] = explained(routes, traits);
    expect(drift).toMatchObject({ condition: 'drift', since: NOON, channels: [{ channel: 'ops', outcome }] });
  });
});

function told() {
  return new Map([['ops', [{ ...waiting, toldAt: NOON }]]]);
}
