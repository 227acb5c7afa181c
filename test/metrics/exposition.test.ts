import { describe, expect, test } from 'vitest';
import { type FindingContent, findingOf } from '../../src/domain/finding.ts';
import type { NewestPush } from '../../src/domain/questions/reader.ts';
import { renderFleet, toOpenMetrics } from '../../src/metrics/exposition.ts';
import type { CountedStatus } from '../../src/metrics/families.ts';
import { escapeLabelValue } from '../../src/metrics/labels.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';

type Reported = Extract<CountedStatus, { checkedAt: number }>;

/** A status with as little as possible: in sync, checked at noon, stale ten minutes later. */
function aStatus({
  server = 'lab',
  syncStatus = 'SYNCED',
  driftCount,
  ...traits
}: Partial<Reported> & Partial<FindingContent> & { server?: string } = {}): CountedStatus {
  return {
    target: { repo: 'rsyslog', server },
    labels: {},
    finding: { id: 1, ...findingOf({ syncStatus, driftCount }) },
    checkedAt: NOON,
    lastCheckAt: NOON,
    receivedAt: NOON + 1500,
    staleAt: NOON + 10 * MINUTE,
    commit: undefined,
    since: NOON,
    lastSyncedAt: undefined,
    incident: undefined,
    reports: { SYNCED: 1, OUT_OF_SYNC: 0, UNKNOWN: 0 },
    ...traits,
  };
}

const OUT_OF_SYNC = {
  syncStatus: 'OUT_OF_SYNC',
  incident: { id: 7, openedAt: NOON - HOUR, cause: 'host_changed' },
} as const;

const STATUSES = [
  aStatus({ server: 'in-sync', reports: { SYNCED: 12_345_678, OUT_OF_SYNC: 2, UNKNOWN: 3 } }),
  aStatus({ server: 'drifted', ...OUT_OF_SYNC, driftCount: 2 }),
  aStatus({ server: 'drifted-in-unknown-files', ...OUT_OF_SYNC }),
  aStatus({ server: 'unknown', syncStatus: 'UNKNOWN', lastCheckAt: NOON + 123 }),
  aStatus({ server: 'stale', staleAt: NOON, labels: { team: 'a"b\\c', env: 'prod' } }),
  aStatus({ server: 'stale-and-drifted', ...OUT_OF_SYNC, driftCount: 4, staleAt: NOON - 1 }),
  aStatus({ target: { repo: 'a\\b', server: 'c"d\ne' } }),
  neverReported('expected'),
];

const FLEET = { statuses: STATUSES, pushes: [], at: NOON };

function neverReported(server: string): CountedStatus {
  const reported = {
    finding: undefined,
    checkedAt: undefined,
    lastCheckAt: undefined,
    receivedAt: undefined,
  };
  return {
    ...{ ...reported, staleAt: undefined, commit: undefined, lastSyncedAt: undefined, incident: undefined },
    target: { repo: 'rsyslog', server },
    labels: {},
    since: NOON,
    reports: { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0 },
  };
}

describe('the series of a fleet', () => {
  test('in the text format are those of the golden file', async () => {
    const text = (series: 'few' | 'all') => renderFleet(FLEET, { format: 'text', series });
    await expect(text('few')).toMatchFileSnapshot('fleet.golden.prom');
    await expect(text('all')).toMatchFileSnapshot('fleet-all.golden.prom');
  });

  test('in OpenMetrics differ only in how the counter is described', () => {
    const text = renderFleet(FLEET, { format: 'text', series: 'all' }).split('\n');
    const differing = renderFleet(FLEET, { format: 'openmetrics', series: 'all' })
      .split('\n')
      .filter((line, i) => line !== text[i]);
    expect(differing).toEqual([
      expect.stringMatching(/^# HELP gitops_reports /),
      '# TYPE gitops_reports counter',
    ]);
  });

  test('never call a target in sync that is stale, drifted or unknown', () => {
    const text = renderFleet(FLEET, { format: 'text', series: 'all' });
    expect(text.match(/^gitops_sync_status\{.*\} 1$/gm)).toEqual([
      'gitops_sync_status{repo="rsyslog",server="in-sync"} 1',
      'gitops_sync_status{repo="a\\\\b",server="c\\"d\\ne"} 1',
    ]);
  });

  test('of no target are only described', () => {
    const none = { statuses: [], pushes: [], at: NOON };
    expect(renderFleet(none, { format: 'text', series: 'all' })).not.toMatch(/^[^#]/m);
  });
});

describe('the series of pushes', () => {
  const LAB = { repo: 'rsyslog', server: 'lab' };
  const push = (traits: Partial<NewestPush> = {}): NewestPush => ({
    target: LAB,
    receivedAt: NOON,
    labels: { job: 'drift', instance: 'ci-1' },
    group: { instance: 'ci-1', job: 'drift' },
    isDeleted: false,
    ...traits,
  });
  const rendered = (...pushes: NewestPush[]) =>
    renderFleet(
      { statuses: [aStatus(), aStatus({ server: 'other' })], pushes, at: NOON },
      { format: 'text', series: 'few' },
    )
      .split('\n')
      .filter((line) => /^(?:gitops_sync_status|push_time_seconds)\{/.test(line));
  const OTHER = 'gitops_sync_status{repo="rsyslog",server="other"} 1';

  test('have the labels of the push, and without a push none', () => {
    expect(rendered(push({ labels: { job: 'drift', instance: 'ci-1', env: 'a"b' } }))).toEqual([
      'gitops_sync_status{repo="rsyslog",server="lab",env="a\\"b",instance="ci-1",job="drift"} 1',
      OTHER,
      'push_time_seconds{instance="ci-1",job="drift"} 1776772800',
    ]);
  });

  test('have an empty instance if none was pushed, as with Pushgateway', () => {
    expect(rendered(push({ labels: { job: 'drift' }, group: { job: 'drift', repo: 'rsyslog' } }))).toEqual([
      'gitops_sync_status{repo="rsyslog",server="lab",instance="",job="drift"} 1',
      OTHER,
      'push_time_seconds{instance="",job="drift",repo="rsyslog"} 1776772800',
    ]);
  });

  test('have a group once, with its newest push', () => {
    const later = push({ target: { repo: 'rsyslog', server: 'other' }, receivedAt: NOON + 1500 });
    expect(rendered(push(), later).slice(2)).toEqual([
      'push_time_seconds{instance="ci-1",job="drift"} 1776772801.5',
    ]);
  });

  test('disappear once the group is deleted; those of other targets stay', () => {
    expect(rendered(push({ isDeleted: true }))).toEqual([OTHER]);
  });

  test('of an unknown group, as in older exports, have no time', () => {
    expect(rendered(push({ group: undefined }))).toHaveLength(2);
  });

  test('have only the labels of the group if all would be too much, and none that Prometheus would refuse', () => {
    const [huge] = rendered(push({ labels: { job: 'drift', instance: 'ci-1', note: 'x'.repeat(5000) } }));
    expect(huge).toBe('gitops_sync_status{repo="rsyslog",server="lab",instance="ci-1",job="drift"} 1');
    const [odd] = rendered(push({ labels: { job: 'drift', 'a b': 'c', __name__: 'up' } }));
    expect(odd).toBe('gitops_sync_status{repo="rsyslog",server="lab",instance="",job="drift"} 1');
  });
});

describe('text converted to OpenMetrics', () => {
  test('names counters without _total, and nothing else', () => {
    const text =
      '# HELP a_total A.\n# TYPE a_total counter\na_total 1\n\n# HELP b_total B.\n# TYPE b_total gauge\n';
    expect(toOpenMetrics(text)).toBe(
      '# HELP a A.\n# TYPE a counter\na_total 1\n# HELP b_total B.\n# TYPE b_total gauge\n',
    );
  });
});

test('a label value is escaped as the format requires', () => {
  expect(escapeLabelValue('a\\n"b"\nü')).toBe('a\\\\n\\"b\\"\\nü');
});
