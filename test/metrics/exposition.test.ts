import { describe, expect, test } from 'vitest';
import { type FindingContent, findingOf } from '../../src/domain/finding.ts';
import { escapeLabelValue, renderFleet, toOpenMetrics } from '../../src/metrics/exposition.ts';
import type { CountedStatus } from '../../src/metrics/families.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';

type Reported = Extract<CountedStatus, { checkedAt: number }>;

/** Where a target stands, as few tests as possible care about: in sync, checked at noon, stale ten minutes later. */
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

const FLEET = [
  aStatus({ server: 'in-sync', reports: { SYNCED: 12_345_678, OUT_OF_SYNC: 2, UNKNOWN: 3 } }),
  aStatus({ server: 'drifted', ...OUT_OF_SYNC, driftCount: 2 }),
  aStatus({ server: 'drifted-in-unknown-files', ...OUT_OF_SYNC }),
  aStatus({ server: 'unknown', syncStatus: 'UNKNOWN', lastCheckAt: NOON + 123 }),
  aStatus({ server: 'stale', staleAt: NOON, labels: { team: 'a"b\\c', env: 'prod' } }),
  aStatus({ server: 'stale-and-drifted', ...OUT_OF_SYNC, driftCount: 4, staleAt: NOON - 1 }),
  aStatus({ target: { repo: 'a\\b', server: 'c"d\ne' } }),
  neverReported('expected'),
];

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
  test('in the text format are the ones we agreed on', async () => {
    const text = renderFleet(FLEET, NOON, 'text');
    await expect(text).toMatchFileSnapshot('fleet.golden.prom');
  });

  test('in OpenMetrics differ in nothing but how the counter is described', () => {
    const text = renderFleet(FLEET, NOON, 'text').split('\n');
    const differing = renderFleet(FLEET, NOON, 'openmetrics')
      .split('\n')
      .filter((line, i) => line !== text[i]);
    expect(differing).toEqual([
      expect.stringMatching(/^# HELP gitops_reports /),
      '# TYPE gitops_reports counter',
    ]);
  });

  test('never call a target in sync that is stale, drifted or unknown', () => {
    const text = renderFleet(FLEET, NOON, 'text');
    expect(text.match(/^gitops_sync_status\{.*\} 1$/gm)).toEqual([
      'gitops_sync_status{repo="rsyslog",server="in-sync"} 1',
      'gitops_sync_status{repo="a\\\\b",server="c\\"d\\ne"} 1',
    ]);
  });

  test('of no target are only described', () => {
    expect(renderFleet([], NOON, 'text')).not.toMatch(/^[^#]/m);
  });
});

describe('text to OpenMetrics', () => {
  test('names counters without _total, and nothing else', () => {
    const text =
      '# HELP a_total A.\n# TYPE a_total counter\na_total 1\n\n# HELP b_total B.\n# TYPE b_total gauge\n';
    expect(toOpenMetrics(text)).toBe(
      '# HELP a A.\n# TYPE a counter\na_total 1\n# HELP b_total B.\n# TYPE b_total gauge\n',
    );
  });
});

test('a label value is escaped as the format wants it', () => {
  expect(escapeLabelValue('a\\n"b"\nü')).toBe('a\\\\n\\"b\\"\\nü');
});
