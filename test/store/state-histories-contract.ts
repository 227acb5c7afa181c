import { describe, expect } from 'vitest';
import type { StateHistory } from '../../src/domain/questions/reader.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { ALL_TIME, type StartStore, storeTest } from './harness.ts';

const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };
const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };

/** States and incidents over a long time. */
export function describeStateHistories(start: StartStore): void {
  const it = storeTest(start);

  describe('the states over a long time', () => {
    it('follow the periods and incidents, target by target', async (store) => {
      const minutes = [0, 1, 2, 30, 31, 40, 55];
      const story = (server: string, every: number) =>
        minutes.map((minute) =>
          aReport({ server, lastCheckAt: NOON + minute * MINUTE, ...(minute % every === 0 ? {} : drift) }),
        );
      await recordAll(store, [...story('b', 2), ...story('a', 5)]);
      for (const [from, to] of [
        [0, 60],
        [1, 31],
        [20, 30],
        [35, 41],
        [-9, 0],
      ] as const) {
        const range = { from: NOON + from * MINUTE, to: NOON + to * MINUTE };
        const periods = await store.periods({}, range);
        const visited = await historiesIn(store, range);
        expect(visited.map(({ target }) => target)).toEqual(
          visited.length === 0 ? [] : ['a', 'b'].map((server) => ({ ...LAB, server })),
        );
        expect(visited.flatMap((history) => history.periods)).toEqual(
          periods
            .flatMap((history) => history.periods)
            .map(({ startedAt, staleAt, finding: { syncStatus } }) => ({
              startedAt,
              staleAt,
              finding: { syncStatus },
            })),
        );
        const overlapping = visited.flatMap(({ incidents }) => incidents);
        const incidents = await store.incidents({}, range);
        expect(overlapping.map(({ openedAt }) => openedAt).sort()).toEqual(
          expect.arrayContaining(incidents.map(({ openedAt }) => openedAt)),
        );
        expect(overlapping.every(({ resolvedAt = range.from }) => resolvedAt >= range.from)).toBe(true);
      }
    });

    it('have deleted targets, with the time of deletion, and no purged ones', async (store, { setNow }) => {
      setNow(NOON + HOUR);
      await recordAll(store, [
        aReport({ ...drift, labels: { env: 'lab' } }),
        aReport({ server: 'purged' }),
        aReport({ server: 'there' }),
      ]);
      await store.deleteTarget(LAB, { purge: false });
      await store.deleteTarget({ ...LAB, server: 'purged' }, { purge: true });
      expect(await historiesIn(store, ALL_TIME)).toMatchObject([
        {
          target: LAB,
          labels: { env: 'lab' },
          deletedAt: NOON + HOUR,
          incidents: [{ openedAt: NOON, resolvedAt: undefined }],
        },
        { target: { server: 'there' }, deletedAt: undefined },
      ]);
    });

    it('have targets that never reported, and only the selected ones', async (store, { setNow }) => {
      setNow(NOON);
      await store.declareTargets([{ repo: 'a', server: 'b' }], { actor: undefined });
      await recordAll(store, [aReport()]);
      const [expected, ...others] = await historiesIn(store, ALL_TIME);
      expect(expected).toMatchObject({ declaredAt: NOON, periods: [] });
      expect(others).toHaveLength(1);
      expect(await historiesIn(store, ALL_TIME, { repos: ['rsyslog'] })).toEqual(others);
      const visited: StateHistory[] = [];
      const isWanted = ({ target }: Pick<StateHistory, 'target'>) => target.repo === 'rsyslog';
      await store.stateHistories({}, ALL_TIME, (one) => visited.push(one), { isWanted });
      expect(visited).toEqual(others);
    });
  });
}

async function historiesIn(
  store: Store,
  range: Parameters<Store['stateHistories']>[1],
  filter: Parameters<Store['stateHistories']>[0] = {},
): Promise<StateHistory[]> {
  const visited: StateHistory[] = [];
  await store.stateHistories(filter, range, (history) => visited.push(history));
  return visited;
}
