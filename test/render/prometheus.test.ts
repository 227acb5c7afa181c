import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Standing } from '../../src/domain/standing.ts';
import { createFleetRenderer, escapeLabelValue, toOpenMetrics } from '../../src/render/prometheus.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';

/** Where a target stands in which only what a test states matters: in sync, checked at noon, stale ten minutes later. */
function aStanding({ server = 'lab', ...traits }: Partial<Standing> & { server?: string } = {}): Standing {
  return {
    target: { repo: 'rsyslog', server },
    syncStatus: 'SYNCED',
    driftCount: 0,
    checkedAt: NOON,
    receivedAt: NOON + 1500,
    staleAt: NOON + 10 * MINUTE,
    incidentOpenedAt: undefined,
    reports: { SYNCED: 1, OUT_OF_SYNC: 0, UNKNOWN: 0 },
    ...traits,
  };
}

const OUT_OF_SYNC = { syncStatus: 'OUT_OF_SYNC', incidentOpenedAt: NOON - HOUR } as const;

const FLEET = [
  aStanding({ server: 'in-sync', reports: { SYNCED: 12_345_678, OUT_OF_SYNC: 2, UNKNOWN: 3 } }),
  aStanding({ server: 'drifted', ...OUT_OF_SYNC, driftCount: 2 }),
  aStanding({ server: 'drifted-in-unknown-files', ...OUT_OF_SYNC }),
  aStanding({ server: 'unknown', syncStatus: 'UNKNOWN', checkedAt: NOON + 123 }),
  aStanding({ server: 'stale', staleAt: NOON }),
  aStanding({ server: 'stale-and-drifted', ...OUT_OF_SYNC, driftCount: 4, staleAt: NOON - 1 }),
  aStanding({ target: { repo: 'a\\b', server: 'c"d\ne' } }),
];

const rendered = (...[standings, at, format]: Parameters<ReturnType<typeof createFleetRenderer>>) =>
  createFleetRenderer()(standings, at, format).join('');

describe('the series of a fleet', () => {
  test('in the text format are the ones we agreed on', async () => {
    const text = rendered(FLEET, NOON, 'text');
    await expect(text).toMatchFileSnapshot('fleet.golden.prom');
  });

  test('in OpenMetrics differ in nothing but how the counter is described', () => {
    const text = rendered(FLEET, NOON, 'text').split('\n');
    const differing = rendered(FLEET, NOON, 'openmetrics')
      .split('\n')
      .filter((line, i) => line !== text[i]);
    expect(differing).toEqual([
      expect.stringMatching(/^# HELP gitops_reports /),
      '# TYPE gitops_reports counter',
    ]);
  });

  test('never call a target in sync that is stale, drifted or unknown', () => {
    const text = rendered(FLEET, NOON, 'text');
    expect(text.match(/^gitops_sync_status\{.*\} 1$/gm)).toEqual([
      'gitops_sync_status{repo="rsyslog",server="in-sync"} 1',
      'gitops_sync_status{repo="a\\\\b",server="c\\"d\\ne"} 1',
    ]);
  });

  test('of no target are only described', () => {
    expect(rendered([], NOON, 'text')).not.toMatch(/^[^#]/m);
  });
});

describe('a renderer that has rendered before', () => {
  const aTarget = fc.record({
    server: fc.constantFrom('a', 'b', 'c', 'd'),
    syncStatus: fc.constantFrom('SYNCED', 'OUT_OF_SYNC', 'UNKNOWN'),
    driftCount: fc.constantFrom(0, 2),
    staleAt: fc.constantFrom(NOON, NOON + MINUTE),
  });

  test('renders what a new one would', () => {
    const fleets = fc.array(fc.uniqueArray(aTarget, { selector: ({ server }) => server }), { minLength: 2 });
    fc.assert(
      fc.property(fleets, (rounds) => {
        const render = createFleetRenderer();
        let known: Standing[] = [];
        for (const [minute, round] of rounds.entries()) {
          // As from the store: a target that is known keeps its name's object, one that did not change its own.
          known = round.map((traits) => {
            const before = known.find(({ target }) => target.server === traits.server);
            const now = aStanding({ ...traits, ...(before ? { target: before.target } : {}) });
            return before?.syncStatus === now.syncStatus ? before : now;
          });
          const at = NOON + (minute % 2) * MINUTE;
          expect(render(known, at, 'text').join('')).toBe(rendered(known, at, 'text'));
        }
      }),
    );
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
