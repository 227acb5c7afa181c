import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { stateOf } from '../../src/http/schemas/status.ts';
import { createLive } from '../../src/live/live.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import { Ear, settled } from './heard.ts';

const SERVERS = ['a', 'b'];

/** A report about one of few targets, on time, late or the same again; then some time passes. */
const steps = fc.array(
  fc.record({
    server: fc.constantFrom(...SERVERS),
    syncStatus: fc.constantFrom('SYNCED', 'OUT_OF_SYNC', 'UNKNOWN'),
    minutesAgo: fc.constantFrom(0, 0, 0, 1, 2, 5, 20),
    staleMinutes: fc.constantFrom(1, 5, 10),
    minutesAfter: fc.constantFrom(0, 1, 2, 3, 4, -20),
  }),
  { maxLength: 25, size: 'max' },
);

test('whatever comes in whatever order, what was told adds up to what is true', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  await fc.assert(
    fc.asyncProperty(steps, fc.nat({ max: 10 }), async (all, before) => {
      const store = openSqliteStore({ path: ':memory:', version: '0.0.0-test' });
      let now = NOON;
      const live = createLive({ store, clock: () => now });
      let ear: Ear | undefined;
      const told = new Map<string, { state: string | undefined; openedAt: number | undefined }>();
      let heard = 0;
      for (const [i, step] of all.entries()) {
        if (i === before) {
          ear = await Ear.listen(live);
          for (const status of await store.statuses({})) {
            const state = stateOf(status, now);
            told.set(status.target.server, { state, openedAt: status.incident?.openedAt });
          }
        }
        const { server, syncStatus, minutesAgo, staleMinutes, minutesAfter } = step;
        const checkedAt = now - minutesAgo * MINUTE;
        const report = aReport({ server, syncStatus, checkedAt, staleAfterMs: staleMinutes * MINUTE });
        live.recorded([report], await store.record([report]));
        now += minutesAfter * MINUTE;
        vi.advanceTimersByTime(1000);
        await settled();
        if (ear === undefined) continue;
        for (const { what } of ear.events.slice(heard)) {
          if (what.kind === 'forgotten') throw new Error('Nothing was forgotten.');
          const known = told.get(what.target.server) ?? { state: undefined, openedAt: undefined };
          if (what.kind === 'state') {
            expect(what.previousState).toBe(known.state);
            told.set(what.target.server, { ...known, state: what.state });
          } else {
            expect(known.openedAt === undefined).toBe(what.kind === 'incident_opened');
            const openedAt = what.kind === 'incident_opened' ? what.incidentOpenedAt : undefined;
            told.set(what.target.server, { ...known, openedAt });
          }
        }
        heard = ear.events.length;
        for (const status of await store.statuses({})) {
          const { state, openedAt } = told.get(status.target.server) ?? {};
          expect(state).toBe(stateOf(status, now));
          expect(openedAt === undefined).toBe(status.incident === undefined);
        }
      }
      live.close();
      await store.close();
    }),
    { numRuns: 40 },
  );
  vi.useRealTimers();
});
