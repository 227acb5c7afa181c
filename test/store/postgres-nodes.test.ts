import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, aSubmission, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { anArrival } from './arrivals.ts';
import { exported, imported, storedHistory } from './harness.ts';
import { aCluster, missing, theCluster } from './postgres-database.ts';

const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });

describe.skipIf(missing !== undefined)(`several nodes on one PostgreSQL (${missing ?? 'of its own'})`, () => {
  test('what they record at the same time, in whatever order, equals the fold over it', async () => {
    const some = fc.array(fc.array(anArrival, { minLength: 1, maxLength: 4 }), {
      minLength: 3,
      maxLength: 9,
    });
    await fc.assert(
      fc.asyncProperty(some, async (all) => {
        const [cluster, elsewhere] = [await aCluster(), await aCluster()];
        try {
          const nodes = [await cluster.open(), await cluster.open(), await cluster.open()];
          await Promise.all(
            nodes.map(async (node, i) => {
              for (const reports of all.filter((_, place) => place % nodes.length === i))
                await node.record([aSubmission(reports)]);
            }),
          );
          const [node] = nodes;
          if (node === undefined) throw new Error('There must be a node.');
          const alone = await elsewhere.open();
          await recordAll(alone, imported(await exported(node)), { origin: 'import' });
          expect(await storedHistory(node)).toEqual(await storedHistory(alone));
        } finally {
          await cluster.close();
          await elsewhere.close();
        }
      }),
      propertyRuns(15),
    );
  });

  test('each report is new once, however many nodes are sent it at the same time', async () => {
    const cluster = await theCluster();
    const nodes = await Promise.all([cluster.open(), cluster.open(), cluster.open()]);
    for (let minute = 0; minute < 30; minute++) {
      const report = at(minute, minute % 3 === 0 ? drift : {});
      const answers = await Promise.all(
        nodes.map((node) => recordAll(node, [report, at(minute, { server: 'b' })])),
      );
      const recorded = answers.flat().map((answer) => answer.recorded);
      expect(recorded.filter((one) => one === 'new')).toHaveLength(2);
    }
    expect(await exported(nodes[0] as Store)).toHaveLength(60);
  });

  test('a report is recorded once and acknowledged, whichever connections end meanwhile', async () => {
    const cluster = await theCluster();
    const nodes = [await cluster.open(), await cluster.open()];
    const killer = await cluster.connect();
    const endSome = () =>
      killer.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'gitops-status-server' AND datname = current_database() AND random() < 0.3`);
    await Promise.all(
      nodes.map(async (node, i) => {
        for (let minute = 0; minute < 40; minute++) {
          const report = at(minute, { server: `s${(minute + i) % 5}`, commit: `${i}`, ...drift });
          await Promise.all([recordAll(node, [report]), endSome()]);
        }
      }),
    );
    const fresh = await cluster.open();
    expect(await exported(fresh)).toHaveLength(80);
    const { events } = await fresh.eventsAfter(0, { limit: 1000 });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, place) => place + 1));
    expect(events.filter(({ kind }) => kind === 'target_added')).toHaveLength(5);
  });

  test('a reader of the log gets each event once, in order for each target, whichever node writes', async () => {
    const cluster = await theCluster();
    const nodes = await Promise.all([cluster.open(), cluster.open(), cluster.open()]);
    const reader = await cluster.open();
    let isDone = false;
    const seen: number[] = [];
    const states = new Map<string | undefined, (string | undefined)[]>();
    const read = async () => {
      const { events } = await reader.eventsAfter(seen.at(-1) ?? 0, { limit: 7 });
      for (const { seq, server, previousState, state } of events) {
        seen.push(seq);
        states.set(server, [...(states.get(server) ?? []), previousState, state]);
      }
      return events.length;
    };
    const reading = (async () => {
      while (!isDone) await read();
      while ((await read()) > 0);
    })();
    await Promise.all(
      nodes.map(async (node, i) => {
        for (let minute = 0; minute < 30; minute++) {
          const found = minute % 2 === 0 ? { syncStatus: 'UNKNOWN' as const } : {};
          await recordAll(node, [at(minute + i / 10, { server: `s${i}`, ...found })]);
        }
      }),
    );
    isDone = true;
    await reading;
    expect(seen).toEqual(seen.map((_, place) => place + 1));
    for (const ofServer of states.values()) {
      // Each event goes on from the state that the one before it told.
      for (let place = 2; place < ofServer.length; place += 2)
        expect(ofServer[place]).toBe(ofServer[place - 1]);
    }
  });

  test('after another server took over, numbers go on after all that was told, also at nodes that were running', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const [one, other] = [await cluster.open(), await cluster.open()];
    const told = async () => (await other.eventsAfter(0, { limit: 100 })).events.map(({ seq }) => seq);
    await recordAll(one, [at(59), at(59, { server: 'b' })]);
    expect(await told()).toEqual([1, 2]);
    // The server that takes over has a timeline of its own, and may lack what was told last.
    await client.query(`UPDATE ${SCHEMA}.event_counter SET timeline = timeline + 1`);
    await recordAll(other, [at(59, { server: 'c' })]);
    expect(await told()).toEqual([1, 2, 1_000_003]);
    await recordAll(one, [at(59, { server: 'd' })]);
    expect(await told()).toEqual([1, 2, 1_000_003, 1_000_004]);
  });

  test('a target that is locked for longer than a write is tried makes it unavailable, and nothing is recorded', async () => {
    const cluster = await theCluster();
    const patient = await cluster.open();
    await recordAll(patient, [at(0)]);
    const impatient = await cluster.open({ tryMs: 500 });
    const other = await cluster.connect();
    await other.query(`BEGIN; SELECT * FROM ${SCHEMA}.target_status FOR UPDATE`);
    await expect(recordAll(impatient, [at(1)])).rejects.toMatchObject({ code: 'unavailable' });
    await other.query('ROLLBACK');
    expect(await exported(patient)).toHaveLength(1);
    await recordAll(impatient, [at(1)]);
    expect(await exported(patient)).toHaveLength(2);
  });

  test('what another node has written changes the version, and is in the next answer', async () => {
    const cluster = await theCluster();
    const [one, other] = [await cluster.open(), await cluster.open()];
    const before = one.version();
    await recordAll(other, [at(0)]);
    expect(await one.statuses({})).toHaveLength(1);
    await expect.poll(() => one.version()).not.toBe(before);
    expect(one.othersVersion()).not.toBe('');
  });

  test('a state that time brings is told once, however many nodes look at the same time', async () => {
    const cluster = await theCluster();
    let now = NOON;
    const open = () => cluster.open({ now: () => now });
    const nodes = await Promise.all([open(), open(), open()]);
    const servers = Array.from({ length: 200 }, (_, i) => `s${i}`);
    await recordAll(
      nodes[0] as Store,
      servers.map((server) => at(0, { server })),
    );
    now = NOON + HOUR;
    await Promise.all(
      nodes.map(async (node) => {
        while ((await node.recordTimeChanges(10)) > 0);
      }),
    );
    const { events } = await (nodes[1] as Store).eventsAfter(0, { limit: 1000 });
    const stale = events.filter(({ state }) => state === 'STALE').map(({ server }) => server);
    expect(new Set(stale)).toEqual(new Set(servers));
    expect(stale).toHaveLength(servers.length);
  });

  test('states that time brings are told once, also if the clock falls back and goes on', async () => {
    const cluster = await theCluster();
    let now = NOON;
    const nodes = [await cluster.open({ now: () => now }), await cluster.open({ now: () => now })];
    const [node] = nodes;
    if (node === undefined) throw new Error('There must be a node.');
    await recordAll(node, [at(0)]);
    const told = async () => {
      await Promise.all(nodes.map((one) => one.recordTimeChanges(10)));
      return (await node.eventsAfter(0, { limit: 100 })).events.map(({ state }) => state);
    };
    expect(await told()).toEqual(['SYNCED']);
    now = NOON + HOUR;
    expect(await told()).toEqual(['SYNCED', 'STALE']);
    now = NOON + MINUTE;
    expect(await told()).toEqual(['SYNCED', 'STALE', 'SYNCED']);
    now = NOON + 2 * HOUR;
    expect(await told()).toEqual(['SYNCED', 'STALE', 'SYNCED', 'STALE']);
  });
});
