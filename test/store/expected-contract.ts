import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { MemoryRows } from '../domain/record/memory-rows.ts';
import { aReport, aSubmission, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { arrivals, arrivedAt } from './arrivals.ts';
import { ALL_TIME, exported, type StartStore, storeTest, withStore } from './harness.ts';

const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };
const NEXT = { repo: 'rsyslog', server: 'rsyslog-next' };
const named = (server: string) => ({ repo: 'rsyslog', server });

/** Targets that are declared, and those that are renamed. */
export function describeExpected(start: StartStore): void {
  const it = storeTest(start);

  describe('an expected target', () => {
    it('is STALE since its declaration, until its first report', async (store, { setNow }) => {
      setNow(NOON);
      expect(await store.declareTargets([LAB], { actor: { name: 'ci', verified: true } })).toEqual([
        { kind: 'declared', similar: [] },
      ]);
      expect(await store.statuses({})).toMatchObject([
        { target: LAB, finding: undefined, since: NOON, staleAt: undefined, labels: {}, check: undefined },
      ]);
      expect(await store.periods({}, ALL_TIME)).toEqual([{ target: LAB, declaredAt: NOON, periods: [] }]);
      expect((await store.eventsAfter(0, { limit: 10 })).events).toMatchObject([
        { kind: 'target_added', origin: 'action', actor: 'ci', state: 'STALE', ...LAB },
      ]);
      setNow(NOON + HOUR);
      expect(await store.recordTimeChanges(100)).toBe(0);
      await recordAll(store, [aReport({ lastCheckAt: NOON + HOUR })]);
      expect(await segments(store, NOON + 2 * HOUR)).toEqual([
        ['STALE', 0, 60],
        ['SYNCED', 60, 70],
        ['STALE', 70, 120],
      ]);
    });

    it('is at an instant as it was: absent, expected, or as it reported', async (store, { setNow }) => {
      setNow(NOON);
      await store.declareTargets([LAB], {});
      setNow(NOON + HOUR);
      await recordAll(store, [aReport({ lastCheckAt: NOON + HOUR })]);
      expect(await store.statuses({}, NOON - 1)).toEqual([]);
      expect(await store.statuses({}, NOON)).toMatchObject([{ finding: undefined, since: NOON }]);
      expect(await store.statuses({}, NOON + HOUR)).toMatchObject([{ finding: { syncStatus: 'SYNCED' } }]);
      const before = { from: NOON - DAY, to: NOON };
      expect(await store.periods({}, before)).toEqual([]);
      expect(await store.periods({}, { ...before, to: NOON + 1 })).toMatchObject([{ periods: [] }]);
    });

    it('is tracked from a report that was checked before its declaration', async (store, { setNow }) => {
      setNow(NOON);
      await store.declareTargets([LAB], {});
      setNow(NOON + MINUTE);
      await recordAll(store, [aReport({ lastCheckAt: NOON - HOUR })]);
      expect(await segments(store, NOON + HOUR)).toEqual([
        ['SYNCED', -60, -50],
        ['STALE', -50, 60],
      ]);
    });

    it('is declared once: again, or while it reports, nothing changes on disk', async (store) => {
      await recordAll(store, [aReport()]);
      await store.declareTargets([NEXT], {});
      const version = store.version();
      expect(await store.declareTargets([NEXT, LAB], {})).toEqual([
        { kind: 'unchanged' },
        { kind: 'unchanged' },
      ]);
      expect(store.version()).toBe(version);
    });

    it('is filtered like any other, survives a restart, and is in no export of reports', async (store, harness) => {
      await store.declareTargets([LAB, { ...LAB, repo: 'other' }], {});
      expect(await store.statuses({ repos: ['rsyslog'] })).toMatchObject([{ target: LAB }]);
      expect(await store.statuses({ servers: ['nobody'] })).toEqual([]);
      expect(await exported(store)).toEqual([]);
      expect(await (await harness.restart()).statuses({})).toHaveLength(2);
    });

    it('can be deleted, declared again, and purged', async (store, { setNow }) => {
      setNow(NOON);
      await store.declareTargets([LAB], {});
      setNow(NOON + MINUTE);
      expect(await store.deleteTarget(LAB, { purge: false })).toBe(true);
      expect([await store.statuses({}), await store.periods({}, ALL_TIME)]).toEqual([[], []]);
      setNow(NOON + HOUR);
      expect(await store.declareTargets([LAB], {})).toEqual([{ kind: 'declared', similar: [] }]);
      expect(await store.statuses({})).toMatchObject([{ since: NOON }]);
      expect(await store.deleteTarget(LAB, { purge: true })).toBe(true);
      await store.declareTargets([LAB], {});
      expect(await store.statuses({})).toMatchObject([{ since: NOON + HOUR }]);
    });

    it('comes back with its history if it was deleted', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport({ staleAfterMs: DAY, labels: { env: 'lab' } })]);
      setNow(NOON + MINUTE);
      await store.deleteTarget(LAB, { purge: false });
      setNow(NOON + HOUR);
      await store.declareTargets([LAB], {});
      expect(await store.statuses({})).toMatchObject([
        { labels: { env: 'lab' }, finding: { syncStatus: 'SYNCED' }, staleAt: NOON + MINUTE },
      ]);
      expect(await segments(store, NOON + HOUR)).toEqual([
        ['SYNCED', 0, 1],
        ['STALE', 1, 60],
      ]);
    });

    it('is expected again if all its reports were ahead of the clock', async (store, { setNow }) => {
      setNow(NOON);
      await store.declareTargets([LAB], {});
      setNow(NOON + DAY);
      await recordAll(store, [aReport({ lastCheckAt: NOON + DAY, syncStatus: 'OUT_OF_SYNC' })]);
      setNow(NOON + HOUR);
      await store.removeFuture();
      expect(await store.statuses({})).toMatchObject([{ finding: undefined, since: NOON }]);
      const { events } = await store.eventsAfter(3, { limit: 10 });
      expect(events.map(({ kind, state }) => [kind, state])).toEqual([
        ['state_changed', 'STALE'],
        ['incident_resolved', 'STALE'],
      ]);
    });

    it('is not older than the history that stays', async (store, { setNow }) => {
      setNow(NOON - 40 * DAY);
      await store.declareTargets([LAB], {});
      for (const day of [-39, -38, -10, -1]) {
        setNow(NOON + day * DAY);
        await recordAll(store, [aReport({ lastCheckAt: NOON + day * DAY })]);
      }
      setNow(NOON);
      const horizon = NOON - 9 * DAY;
      const horizons = {
        reportsBefore: horizon,
        historyBefore: horizon,
        eventsBefore: horizon,
        actionsBefore: horizon,
      };
      for (let pass = 0; pass < 20; pass++) for await (const _ of store.prune(horizons, 5));
      const [history] = await store.periods({}, ALL_TIME);
      expect(history?.periods[0]?.startedAt).toBe(NOON - 38 * DAY);
      expect(history?.declaredAt).toBe(undefined);
      expect((await segments(store, NOON))[0]).toEqual([
        'SYNCED',
        (-38 * DAY) / MINUTE,
        (-38 * DAY) / MINUTE + 10,
      ]);
    });

    it('is not a new target if its name is a former one', async (store, { setNow }) => {
      setNow(NOON);
      await store.declareTargets([LAB], {});
      await store.renameTarget({ from: LAB, to: NEXT }, {});
      const version = store.version();
      expect(await store.declareTargets([LAB], {})).toEqual([
        { kind: 'renamed', target: NEXT, renamedAt: NOON },
      ]);
      expect(store.version()).toBe(version);
    });

    it('is found by its former names, and not by those of others', async (store, { setNow }) => {
      setNow(NOON);
      const other = { repo: 'other', server: LAB.server };
      await store.declareTargets([LAB, other], {});
      await store.renameTarget({ from: LAB, to: NEXT }, {});
      await store.renameTarget({ from: other, to: { ...other, server: 'moved' } }, {});
      const found = { formerly: LAB, target: NEXT, renamedAt: NOON };
      expect(await store.formerNames({ repos: [LAB.repo] })).toEqual([found]);
      expect(await store.formerNames({ repos: [LAB.repo], servers: [LAB.server] })).toEqual([found]);
      expect(await store.formerNames({ servers: [LAB.server] })).toHaveLength(2);
      expect(await store.formerNames({ repos: [LAB.repo], servers: ['none'] })).toEqual([]);
    });

    it('is distinguished from known ones with similar names', async (store) => {
      await store.declareTargets([LAB], {});
      const LOUD = named('RSYSLOG-LAB.');
      expect(await store.declareTargets([LOUD], {})).toEqual([{ kind: 'declared', similar: [LAB] }]);
      const [first] = await recordAll(store, [aReport({ server: 'rsyslog-lab.git' })]);
      expect(first?.similar).toEqual([LOUD, LAB]);
      expect(await recordAll(store, [aReport({ server: 'rsyslog-lab' })])).toMatchObject([{ similar: [] }]);
      const elsewhere = named('elsewhere');
      await store.declareTargets([elsewhere], {});
      const renaming = await store.renameTarget({ from: elsewhere, to: named('Rsyslog-Lab') }, {});
      expect(renaming).toMatchObject({ kind: 'renamed', similar: [LOUD, LAB, named('rsyslog-lab.git')] });
      await store.deleteTarget(LOUD, { purge: false });
      expect(await store.declareTargets([named('rsyslog-lab/')], {})).toMatchObject([
        { similar: [named('Rsyslog-Lab'), LAB, named('rsyslog-lab.git')] },
      ]);
    });

    test('after any declarations, deletions and reports, equals the plan, over restarts', async () => {
      const steps = fc.array(
        fc.record({
          minute: fc.integer({ min: 0, max: 60 }),
          step: fc.constantFrom('declare', 'delete', 'rename'),
          server: fc.constantFrom('lab', 'prod', 'new'),
          to: fc.constantFrom('lab', 'prod', 'new'),
        }),
        { maxLength: 6 },
      );
      await fc.assert(
        fc.asyncProperty(arrivals, steps, fc.boolean(), (all, others, restarts) =>
          withStore(start, async (first, harness) => {
            const model = new MemoryRows();
            let store = first;
            const inTime = [
              ...all.map((arrival) => ({ at: arrivedAt([arrival]), arrival, other: undefined })),
              ...others.map((other) => ({ at: NOON + other.minute * MINUTE, arrival: undefined, other })),
            ].sort((a, b) => a.at - b.at);
            for (const { at, arrival, other } of inTime) {
              harness.setNow(at);
              if (arrival !== undefined) {
                const submissions = [aSubmission(arrival.reports)];
                expect(await store.record(submissions)).toEqual(model.record(submissions, at));
              } else await takeStep(store, model, { ...other, at });
              if (restarts) store = await harness.restart();
            }
            expect(await store.periods({}, ALL_TIME).then(withoutIds)).toEqual(modelPeriods(model));
            const { events } = await store.eventsAfter(0, { limit: 10_000 });
            expect(events.map(({ seq: _, ...event }) => event)).toEqual(model.events);
          }),
        ),
        propertyRuns(60, start),
      );
    });
  });

  describe('a renamed target', () => {
    it('has its history under the new name, and its reports too', async (store, { setNow }) => {
      setNow(NOON + MINUTE);
      await recordAll(store, [aReport({ syncStatus: 'OUT_OF_SYNC', labels: { env: 'lab' } })]);
      const before = await history(store);
      expect(
        await store.renameTarget({ from: LAB, to: NEXT }, { actor: { name: 'admin', verified: true } }),
      ).toEqual({
        kind: 'renamed',
        similar: [],
      });
      expect(await history(store)).toEqual(
        JSON.parse(JSON.stringify(before).replaceAll(LAB.server, NEXT.server)),
      );
      expect((await exported(store)).map(({ target }) => target)).toEqual([NEXT]);
      const { events } = await store.eventsAfter(2, { limit: 10 });
      expect(events).toMatchObject([
        { kind: 'target_deleted', actor: 'admin', ...LAB, detail: { renamed_to: NEXT } },
        {
          kind: 'target_added',
          actor: 'admin',
          ...NEXT,
          detail: { renamed_from: LAB },
          state: 'OUT_OF_SYNC',
        },
      ]);
    });

    it('accepts earlier reports under its former name, even after a restart', async (store, harness) => {
      harness.setNow(NOON + MINUTE);
      await recordAll(store, [aReport()]);
      await store.renameTarget({ from: LAB, to: NEXT }, {});
      const again = await harness.restart();
      harness.setNow(NOON + HOUR);
      const answers = await recordAll(again, [aReport(), aReport({ lastCheckAt: NOON - MINUTE })]);
      expect(answers).toMatchObject([
        { recorded: 'duplicate', target: NEXT },
        { recorded: 'new', target: NEXT },
      ]);
      expect(await again.record([aSubmission([aReport({ lastCheckAt: NOON + MINUTE })])])).toMatchObject([
        { code: 'conflict', refusals: [{ kind: 'renamed', formerly: LAB, target: NEXT }] },
      ]);
      expect(await again.statuses({})).toHaveLength(1);
    });

    it('is refused whole: nothing is on disk then', async (store) => {
      await recordAll(store, [aReport(), aReport({ server: 'rsyslog-next' })]);
      const version = store.version();
      expect(await store.renameTarget({ from: LAB, to: NEXT }, {})).toEqual({
        kind: 'refused',
        reason: { kind: 'taken', isDeleted: false },
      });
      expect(store.version()).toBe(version);
    });

    it('may take a purged name, and frees its own names when it is purged', async (store) => {
      await recordAll(store, [aReport(), aReport({ server: 'rsyslog-next' })]);
      await store.deleteTarget(NEXT, { purge: true });
      expect(await store.renameTarget({ from: LAB, to: NEXT }, {})).toMatchObject({ kind: 'renamed' });
      await store.deleteTarget(NEXT, { purge: true });
      expect(await recordAll(store, [aReport()])).toMatchObject([{ target: LAB, change: 'first' }]);
    });
  });
}

interface Step {
  readonly at: number;
  readonly step: string;
  readonly server: string;
  readonly to: string;
}

async function takeStep(store: Store, model: MemoryRows, { at, step, server, to }: Step): Promise<void> {
  const target = named(server);
  if (step === 'declare') {
    const [declared] = await store.declareTargets([target], {});
    if (declared?.kind !== 'renamed') expect(declared?.kind === 'declared').toBe(model.declare(target, at));
  } else if (step === 'rename') {
    const renaming = await store.renameTarget({ from: target, to: named(to) }, {});
    expect(renaming.kind).toBe(model.rename(target, named(to), at).kind);
  } else if (await store.deleteTarget(target, { purge: false })) model.delete(target, at);
}

/** Where each target was, in minutes from noon. */
async function segments(store: Store, to: number) {
  const found = await store.segments({}, { from: 0, to });
  return found.map(({ segment }) => [
    segment.state,
    (segment.from - NOON) / MINUTE,
    (segment.to - NOON) / MINUTE,
  ]);
}

async function history(store: Store) {
  const all = { range: ALL_TIME, limit: 100 };
  return [
    await store.statuses({}),
    await store.statuses({}, NOON),
    await store.periods({}, ALL_TIME),
    await store.incidents({}, ALL_TIME),
    await store.reports({}, all),
  ];
}

function withoutIds(histories: Awaited<ReturnType<Store['periods']>>) {
  return histories.map(({ periods, ...rest }) => ({
    ...rest,
    periods: periods.map(({ finding: { id: _, ...finding }, ...period }) => ({ ...period, finding })),
  }));
}

function modelPeriods(model: MemoryRows) {
  return ['lab', 'new', 'prod']
    .map(named)
    .filter((target) => model.isShown(target))
    .map((target) => ({
      target,
      declaredAt: model.rows(target).existing.declaredAt,
      periods: model.periods(target),
    }));
}
