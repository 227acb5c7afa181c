import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import * as statusSchema from '../../src/http/schemas/status.ts';
import { StatusJson } from '../../src/http/status-json.ts';
import type { TargetStatus } from '../../src/store/store.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';

const { toStatusRow } = statusSchema;

function aStatus(traits: Partial<TargetStatus> = {}): TargetStatus {
  return {
    target: { repo: 'rsyslog', server: 'lab' },
    checkedAt: NOON,
    receivedAt: NOON + 1500,
    staleAt: NOON + 10 * MINUTE,
    finding: { id: 1, syncStatus: 'SYNCED', driftCount: 0, files: [] },
    since: NOON - HOUR,
    lastSyncedAt: NOON,
    commit: undefined,
    branch: undefined,
    runUrl: undefined,
    error: undefined,
    errorKind: undefined,
    incident: undefined,
    ...traits,
  };
}

const someStatuses: fc.Arbitrary<TargetStatus[]> = fc.array(
  fc
    .record({
      error: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      branch: fc.constantFrom(undefined, 'main', 'grün', '主', '🚀', '\ud800', '"\\\u2028'),
      checkedAt: fc.integer({ min: 0, max: 60 }).map((minute) => NOON + minute * MINUTE),
    })
    .map(({ checkedAt, ...said }) => aStatus({ ...said, checkedAt, staleAt: checkedAt + 10 * MINUTE })),
  { maxLength: 20 },
);
const someInstants = fc.array(fc.integer({ min: NOON - HOUR, max: NOON + 2 * HOUR }), {
  minLength: 1,
  maxLength: 4,
});

describe('the status as JSON', () => {
  test('is that of its rows to the byte, whenever it was written before', () => {
    fc.assert(
      fc.property(someStatuses, someInstants, (statuses, instants) => {
        const json = new StatusJson();
        for (const at of instants) {
          const rows = statuses.map((status) => toStatusRow(status, at));
          expect(json.write(statuses, at).toString()).toBe(JSON.stringify(rows));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('is written anew only of what is another object, or in another state', () => {
    const json = new StatusJson();
    const toRow = vi.spyOn(statusSchema, 'toStatusRow');
    const [one, other] = [aStatus(), aStatus({ staleAt: NOON + 20 * MINUTE })];
    json.write([one, other], NOON);
    json.write([one, other], NOON + MINUTE);
    expect(toRow).toHaveBeenCalledTimes(2);
    json.write([one, other], NOON + 15 * MINUTE);
    json.write([aStatus(), other], NOON + 2 * MINUTE);
    expect(toRow).toHaveBeenCalledTimes(4);
    toRow.mockRestore();
  });
});
