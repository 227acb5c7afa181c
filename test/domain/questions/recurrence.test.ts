import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileListOf } from '../../../src/domain/file-list.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import { recurrencesOf } from '../../../src/domain/questions/recurrence.ts';
import type { Target } from '../../../src/domain/target.ts';
import { MINUTE, NOON } from '../../fixtures.ts';

const LAB: Target = { repo: 'rsyslog', server: 'lab' };
const PROD: Target = { repo: 'rsyslog', server: 'prod' };

/** Opened so many minutes after noon, and resolved after a while or still open. */
function anIncident(
  target: Target,
  files: readonly string[],
  { minute = 0, lasting }: { minute?: number; lasting?: number | undefined } = {},
): Incident & { target: Target } {
  const openedAt = NOON + minute * MINUTE;
  return {
    target,
    openedAt,
    receivedAt: openedAt,
    resolvedAt: lasting === undefined ? undefined : openedAt + lasting * MINUTE,
    cause: undefined,
    maxDriftCount: files.length,
    files: fileListOf(files),
    unnamed: false,
    openedCommit: undefined,
    resolvedCommit: undefined,
    openedRunUrl: undefined,
    resolvedRunUrl: undefined,
    deployed: undefined,
  };
}

describe('recurring incidents', () => {
  test('are those of one target with the same set of files, with how often and how long', () => {
    const found = recurrencesOf([
      anIncident(LAB, ['a', 'b'], { minute: 0, lasting: 10 }),
      anIncident(LAB, ['a', 'b'], { minute: 20, lasting: 30 }),
      anIncident(LAB, ['a', 'b'], { minute: 60 }),
      anIncident(LAB, ['a'], { minute: 70, lasting: 1 }),
      anIncident(PROD, ['a', 'b'], { minute: 80, lasting: 1 }),
    ]);
    expect(found).toEqual([
      {
        target: LAB,
        files: fileListOf(['a', 'b']),
        times: 3,
        lastOpenedAt: NOON + 60 * MINUTE,
        open: true,
        medianTimeToResolveMs: 20 * MINUTE,
      },
    ]);
  });

  test('come by how often, and of equally many the latest first', () => {
    const found = recurrencesOf([
      ...[0, 1].map((minute) => anIncident(LAB, ['a'], { minute, lasting: 1 })),
      ...[2, 3].map((minute) => anIncident(LAB, ['b'], { minute, lasting: 1 })),
      ...[0, 1, 2].map((minute) => anIncident(PROD, ['c'], { minute, lasting: 1 })),
    ]);
    expect(found.map(({ files }) => files.names)).toEqual([['c'], ['b'], ['a']]);
  });

  test('are not told of those that name no file: nobody knows whether they are the same', () => {
    expect(recurrencesOf([anIncident(LAB, []), anIncident(LAB, [])])).toEqual([]);
  });

  test('are not confused by what files are called', () => {
    expect(recurrencesOf([anIncident(LAB, ['a', 'b']), anIncident(LAB, ['a","b'])])).toEqual([]);
  });

  const incidents = fc.array(
    fc
      .record({
        target: fc.constantFrom(LAB, PROD),
        files: fc.subarray(['a', 'b', 'a b']),
        minute: fc.integer({ min: 0, max: 50 }),
        lasting: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
      })
      .map(({ target, files, ...span }) => anIncident(target, files, span)),
    { maxLength: 30 },
  );

  test('count every incident that has its like, and no other, whatever the order', () => {
    fc.assert(
      fc.property(incidents, (all) => {
        const isAlike = (a: (typeof all)[number], b: (typeof all)[number]) =>
          a.target === b.target && a.files.names.join('|') === b.files.names.join('|');
        const repeated = all.filter(
          (one) => one.files.names.length > 0 && all.filter((b) => isAlike(one, b)).length > 1,
        );
        const found = recurrencesOf(all);
        expect(found.reduce((sum, { times }) => sum + times, 0)).toBe(repeated.length);
        expect(found.every(({ times }) => times > 1)).toBe(true);
        expect(recurrencesOf([...all].reverse())).toEqual(found);
      }),
    );
  });
});
