import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TargetFilter } from '../../src/domain/questions/reader.ts';
import type { Labels } from '../../src/domain/target.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { ALL_TIME, exported, LATER, type StartStore, storeTest, withStore } from './harness.ts';

/** Every question about targets. Each returns the servers in its answer. */
const QUESTIONS: Readonly<Record<string, (store: Store, filter: TargetFilter) => Promise<string[]>>> = {
  'the status': async (store, filter) => serversOf(await store.statuses(filter)),
  'the status as of an instant': async (store, filter) => serversOf(await store.statuses(filter, LATER)),
  'the status without files': async (store, filter) => serversOf(await store.summaries(filter)),
  periods: async (store, filter) => serversOf(await store.periods(filter, ALL_TIME)),
  segments: async (store, filter) => serversOf(await store.segments(filter, ALL_TIME)),
  incidents: async (store, filter) => serversOf(await store.incidents(filter, ALL_TIME)),
  reports: async (store, filter) =>
    serversOf((await store.reports(filter, { range: ALL_TIME, limit: 100 })).reports),
  'the export': async (store, filter) => serversOf(await exported(store, filter)),
  events: async (store, filter) => {
    const { events } = await store.eventsAfter(0, { limit: 1000, filter });
    return sorted(events.map(({ server = '' }) => server));
  },
};

function serversOf(rows: readonly { readonly target: { readonly server: string } }[]): string[] {
  return sorted(rows.map(({ target }) => target.server));
}

function sorted(servers: readonly string[]): string[] {
  return [...new Set(servers)].sort((a, b) => (a < b ? -1 : 1));
}

const key = fc.constantFrom('env', 'team', 'constructor', 'a_1');
const value = fc.oneof(
  fc.constantFrom('prod', 'test', 'a,b', '{x}', 'a:b', '"', '%', '$.env', "'; DROP TABLE target; --"),
  fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme-ascii' }),
);
const fleet = fc.array(fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }), {
  minLength: 1,
  maxLength: 6,
});
const asked = fc.array(fc.tuple(key, value), { maxLength: 4 });

/** Written in the opposite way to the code. */
function isMeant(labels: Labels, pairs: readonly (readonly [string, string])[]): boolean {
  return pairs.every(([key]) =>
    pairs.some(
      (pair) => pair[0] === key && Object.entries(labels).some(([k, v]) => k === key && v === pair[1]),
    ),
  );
}

/** Targets are found by their present labels. */
export function describeLabels(start: StartStore): void {
  const it = storeTest(start);

  describe('labels', () => {
    test('select the same targets for every question: one value of each key', async () => {
      await fc.assert(
        fc.asyncProperty(fleet, asked, (all, pairs) =>
          withStore(start, async (store) => {
            await recordAll(
              store,
              all.map((labels, i) =>
                aReport({ server: `${i}`, syncStatus: 'OUT_OF_SYNC', files: ['a'], labels }),
              ),
            );
            const labels = pairs.map(([key, value]) => `${key}:${value}`);
            const meant = all.flatMap((own, i) => (isMeant(own, pairs) ? [`${i}`] : []));
            for (const [name, ask] of Object.entries(QUESTIONS)) {
              expect([name, await ask(store, { labels })]).toEqual([name, meant]);
            }
          }),
        ),
        propertyRuns(60, start),
      );
    });

    it('combine with names', async (store) => {
      await recordAll(store, [
        aReport({ repo: 'a', server: '1', labels: { env: 'prod' } }),
        aReport({ repo: 'b', server: '2', labels: { env: 'prod' } }),
        aReport({ repo: 'a', server: '3', labels: { env: 'test' } }),
      ]);
      for (const ask of [QUESTIONS['the status'], QUESTIONS.events]) {
        expect(await ask?.(store, { repos: ['a'], labels: ['env:prod'] })).toEqual(['1']);
        expect(await ask?.(store, { servers: ['3'], labels: ['env:prod'] })).toEqual([]);
      }
    });

    it('are the present ones for history, and those of their time for events', async (store) => {
      const at = (minute: number, env: string) =>
        aReport({
          lastCheckAt: NOON + minute * MINUTE,
          syncStatus: 'OUT_OF_SYNC',
          files: [env],
          labels: { env },
        });
      await recordAll(store, [at(0, 'test')]);
      await recordAll(store, [at(1, 'prod')]);
      expect(await store.incidents({ labels: ['env:test'] }, ALL_TIME)).toEqual([]);
      expect(await store.incidents({ labels: ['env:prod'] }, ALL_TIME)).toHaveLength(1);
      const labelsOf = async (label: string) => {
        const { events } = await store.eventsAfter(0, { limit: 100, filter: { labels: [label] } });
        return [...new Set(events.map(({ labels }) => labels.env))];
      };
      expect(await labelsOf('env:test')).toEqual(['test']);
      expect(await labelsOf('env:prod')).toEqual(['prod']);
    });
  });
}
