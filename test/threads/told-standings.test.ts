import { beforeEach, describe, expect, test } from 'vitest';
import type { Standing } from '../../src/domain/standing.ts';
import { toldStandings } from '../../src/threads/told-standings.ts';
import type { StandingChanges } from '../../src/threads/writer-verbs.ts';
import { NOON } from '../fixtures.ts';

const aStanding = (server: string, checkedAt = NOON): Standing => ({
  target: { repo: 'rsyslog', server },
  syncStatus: 'SYNCED',
  driftCount: 0,
  checkedAt,
  receivedAt: checkedAt,
  staleAt: checkedAt + 1,
  incidentOpenedAt: undefined,
  reports: { SYNCED: 1, OUT_OF_SYNC: 0, UNKNOWN: 0 },
});

describe('standings that a writer tells', () => {
  let asked: Question[];
  let standings: () => Promise<readonly Standing[]>;
  beforeEach(() => {
    asked = [];
    standings = toldStandings(() => new Promise((resolve, reject) => asked.push({ resolve, reject })));
  });

  const answer = async (i: number, changes: StandingChanges) => {
    await expect.poll(() => asked.length).toBe(i + 1);
    asked[i]?.resolve(changes);
  };
  const servers = (told: readonly Standing[]) => told.map(({ target }) => target.server);

  test('are those from before, with what has changed', async () => {
    const first = standings();
    await answer(0, {
      count: 2,
      changed: [
        [0, aStanding('a')],
        [1, aStanding('b')],
      ],
    });
    const before = await first;
    const next = standings();
    await answer(1, { count: 2, changed: [[1, aStanding('b', NOON + 1)]] });
    const after = await next;
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toMatchObject({ checkedAt: NOON + 1 });
    expect(before[1]).toMatchObject({ checkedAt: NOON });
  });

  test('are asked for anew by who asks while an answer is on its way: it may be from before', async () => {
    const early = standings();
    await answer(0, { count: 1, changed: [[0, aStanding('a')]] });
    const [late, later] = [standings(), standings()];
    expect(servers(await early)).toEqual(['a']);
    await answer(1, { count: 2, changed: [[1, aStanding('new')]] });
    expect(servers(await late)).toEqual(['a', 'new']);
    expect(servers(await later)).toEqual(['a', 'new']);
    expect(asked).toHaveLength(2);
  });

  test('are there again after a question that failed', async () => {
    const failed = standings();
    await expect.poll(() => asked.length).toBe(1);
    asked[0]?.reject(new Error('gone'));
    await expect(failed).rejects.toThrow('gone');
    const next = standings();
    await answer(1, { count: 1, changed: [[0, aStanding('a')]] });
    expect(servers(await next)).toEqual(['a']);
  });
});

interface Question {
  readonly resolve: (changes: StandingChanges) => void;
  readonly reject: (error: Error) => void;
}
