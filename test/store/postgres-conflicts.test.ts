import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { atFullLength } from '../full-length.ts';
import { exported, storedHistory } from './harness.ts';
import { type Cluster, MACHINE_IS_BUSY_MS, missing, theCluster } from './postgres-database.ts';

const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });

const TABLES = ['finding', 'source', 'target', 'chunk', 'period', 'incident', 'event_pending', 'node'];

/** Statements on the table fail with this SQLSTATE: the next `times`, in whatever transaction. */
async function force(
  cluster: Cluster,
  client: pg.Client,
  { code, table, times }: { code: string; table: string; times: number },
) {
  await client.query(`CREATE SEQUENCE public.forced;
    CREATE FUNCTION public.force() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('public.forced') <= ${times} THEN RAISE EXCEPTION 'forced' USING ERRCODE = '${code}'; END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER force AFTER INSERT OR UPDATE OR DELETE ON ${SCHEMA}.${table} EXECUTE FUNCTION public.force()`);
  const drop = () =>
    client.query('DROP FUNCTION IF EXISTS public.force CASCADE; DROP SEQUENCE IF EXISTS public.forced');
  cluster.closeAtLast(async () => void (await drop()));
  return async () => {
    const { rows } = await client.query<{ last: string }>('SELECT last_value AS last FROM public.forced');
    await drop();
    return Number(rows[0]?.last);
  };
}

/** Everything that recordings write, but for what says that a node is there. */
async function everyRow(client: pg.Client): Promise<unknown[]> {
  const of = [
    ...TABLES.filter((table) => table !== 'node'),
    'target_status',
    'stale_watch',
    'counter',
    'event',
  ];
  const texts = of.map((table) => `SELECT '${table}' AS name, t::text AS row FROM ${SCHEMA}.${table} t`);
  return (await client.query(`${texts.join(' UNION ALL ')} ORDER BY 1, 2`)).rows;
}

async function aTargetWithDrift(cluster: Cluster, tryMs?: number): Promise<Store> {
  const node = await cluster.open(tryMs === undefined ? {} : { tryMs });
  await recordAll(node, [at(0), at(1, drift)]);
  // Its events are numbered before anything is compared.
  await node.eventsAfter(0, { limit: 1 });
  return node;
}

const lockOf = (server: string) => `SELECT FROM ${SCHEMA}.target_status
  WHERE target_id = (SELECT id FROM ${SCHEMA}.target WHERE server = '${server}') FOR UPDATE`;

/** Resolves the incident, opens that of another target, and comes with a late report. */
const RECORDING = [at(3, { commit: 'c' }), at(3, { server: 'b', ...drift, files: ['b'] }), at(-1)];

describe.skipIf(missing !== undefined)(`writes that are in each other's way (${missing ?? ''})`, () => {
  test.each([
    ['a deadlock', '40P01'],
    ['a serialization failure', '40001'],
    ['a lock timeout', '55P03'],
    ['a server without memory', '53200'],
    ['a server that shuts down', '57P01'],
  ])('after %s the same reports are recorded once, whichever statement failed', async (_, code) => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const node = await aTargetWithDrift(cluster);
    for (const [place, table] of TABLES.entries()) {
      const release = await force(cluster, client, { code, table, times: 2 });
      const minute = 5 * (place + 1);
      const traits = { commit: `c${place}`, labels: { place: `${place}` } };
      const reports = [
        at(minute, { ...traits, ...(place % 2 === 0 ? {} : { ...drift, files: [`f${place}`] }) }),
        at(minute, { server: `s${place}`, ...drift, files: [`g${place}`] }),
      ];
      const answers = await recordAll(node, reports);
      expect(answers.map(({ recorded }) => recorded)).toEqual(['new', 'new']);
      expect(await release()).toBeGreaterThan(2);
    }
    expect(await exported(node)).toHaveLength(2 + 2 * TABLES.length);
  });

  test.each(['40P01', '53100'])(
    'what fails with %s for as long as it is tried is unavailable, and nothing of it is stored',
    async (code) => {
      const cluster = await theCluster();
      const client = await cluster.connect();
      await aTargetWithDrift(cluster);
      const node = await cluster.open({ tryMs: atFullLength(5000, { otherwise: 1000 }) });
      const before = await everyRow(client);
      for (const table of atFullLength(TABLES, { otherwise: ['finding', 'period', 'event_pending'] })) {
        const release = await force(cluster, client, { code, table, times: 1_000_000 });
        await expect(recordAll(node, RECORDING)).rejects.toMatchObject({ code: 'unavailable' });
        expect(await release()).toBeGreaterThan(1);
        expect(await everyRow(client)).toEqual(before);
      }
      expect((await recordAll(node, RECORDING)).map(({ recorded }) => recorded)).toEqual([
        'new',
        'new',
        'new',
      ]);
    },
  );

  test.each([
    ['WARNING', '01000', 'no standby confirmed it'],
    ['EXCEPTION', '40001', 'it failed'],
  ])(
    'after a commit with %s %s there is another one, because %s; the reports are stored once, and the answer is new',
    async (level, code) => {
      const cluster = await theCluster();
      const client = await cluster.connect();
      const node = await aTargetWithDrift(cluster);
      // Only of the first commit: sequences do not roll back.
      await client.query(`CREATE SEQUENCE public.commits;
      CREATE FUNCTION public.at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('public.commits') = 1 THEN RAISE ${level} 'forced' USING ERRCODE = '${code}'; END IF;
        RETURN NULL;
      END $$;
      CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON ${SCHEMA}.target_status
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.at_commit()`);
      cluster.closeAtLast(
        async () =>
          void (await client.query('DROP FUNCTION public.at_commit CASCADE; DROP SEQUENCE public.commits')),
      );
      const query = vi.spyOn(pg.Client.prototype, 'query');
      const answers = await recordAll(node, RECORDING);
      expect(query.mock.calls.filter(([text]) => `${text}` === 'COMMIT')).toHaveLength(2);
      query.mockRestore();
      expect(answers.map(({ recorded }) => recorded)).toEqual(RECORDING.map(() => 'new'));
      expect(await exported(node)).toHaveLength(2 + RECORDING.length);
    },
  );

  test('what will never do is told at once, and nothing of it is stored', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const node = await aTargetWithDrift(cluster);
    const before = await everyRow(client);
    const release = await force(cluster, client, { code: '23514', table: 'period', times: 1_000_000 });
    await expect(recordAll(node, RECORDING)).rejects.toMatchObject({ code: '23514' });
    expect(await release()).toBe(1);
    expect(await everyRow(client)).toEqual(before);
  });

  test('a write waits for the transaction that holds its target, and is recorded then', async () => {
    const cluster = await theCluster();
    const holder = await cluster.connect();
    const watcher = await cluster.connect();
    const node = await aTargetWithDrift(cluster);
    await holder.query(`BEGIN; SELECT * FROM ${SCHEMA}.target_status FOR UPDATE`);
    const answer = recordAll(node, RECORDING);
    const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await expect
      .poll(async () => (await watcher.query(waiting)).rowCount, { timeout: MACHINE_IS_BUSY_MS })
      .toBe(1);
    await holder.query('COMMIT');
    expect((await answer).map(({ recorded }) => recorded)).toEqual(['new', 'new', 'new']);
  });

  test('a finding that somebody else is about to store makes a write unavailable, and not one that fails', async () => {
    const cluster = await theCluster();
    const holder = await cluster.connect();
    const patient = await aTargetWithDrift(cluster);
    const node = await cluster.open({ tryMs: 1000 });
    await holder.query(`BEGIN; LOCK TABLE ${SCHEMA}.finding IN EXCLUSIVE MODE`);
    await expect(recordAll(node, RECORDING)).rejects.toMatchObject({ code: 'unavailable' });
    await holder.query('ROLLBACK');
    expect(await exported(patient)).toHaveLength(2);
    await recordAll(node, RECORDING);
  });

  test('a server that has no connection left makes writes unavailable, until it has one', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const role = `limited_${randomUUID().replaceAll('-', '')}`;
    await client.query(`CREATE ROLE ${role} LOGIN;
      GRANT USAGE ON SCHEMA ${SCHEMA} TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${SCHEMA} TO ${role};
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${SCHEMA} TO ${role}`);
    cluster.closeAtLast(async () => void (await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)));
    const url = cluster.url.replace('postgres@', `${role}@`);
    const node = await cluster.open({ url, tryMs: 2000 });
    await recordAll(node, [at(0)]);
    await client.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
    await expect(recordAll(node, [at(1)])).rejects.toMatchObject({ code: 'unavailable' });
    await client.query(`ALTER ROLE ${role} CONNECTION LIMIT 10`);
    await expect
      .poll(() => recordAll(node, [at(1)]).catch(() => undefined), { timeout: MACHINE_IS_BUSY_MS })
      .toMatchObject([{ recorded: 'new' }]);
    expect(await exported(await cluster.open())).toHaveLength(2);
  });

  test('writes of the same targets in any order never deadlock', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const holder = await cluster.connect();
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    const others = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name <> ''`;
    const expectRows = (rows: string, count: number) =>
      expect
        .poll(async () => (await client.query(rows)).rowCount, { timeout: MACHINE_IS_BUSY_MS })
        .toBe(count);
    const deadlocks = async () =>
      (await client.query('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')).rows;
    // Time between two rows, for others to come between.
    await client.query(`CREATE FUNCTION public.pause() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_sleep(0.001); RETURN NEW;
      END $$;
      CREATE TRIGGER pause BEFORE INSERT ON ${SCHEMA}.finding FOR EACH ROW EXECUTE FUNCTION public.pause();
      CREATE TRIGGER pause BEFORE INSERT ON ${SCHEMA}.target FOR EACH ROW EXECUTE FUNCTION public.pause()`);
    cluster.closeAtLast(async () => void (await client.query('DROP FUNCTION public.pause CASCADE')));
    const before = await deadlocks();
    const open = () =>
      openPostgresStore({ url: cluster.url, clock: () => NOON + DAY, tryMs: MACHINE_IS_BUSY_MS });
    // Steps through all places, each in another order.
    const nodes = await Promise.all([1, 5, 23].map(async (step) => ({ step, node: await open() })));
    const places = Array.from({ length: 24 }, (_, place) => place);
    for (let round = 0; round < atFullLength(120, { otherwise: 24 }); round++) {
      // In turn: only known targets, new targets, new findings. Whoever waits for one kind does not meet at the others.
      const [target, finding] = [round % 3 === 1 ? round : 0, round % 3 === 2 ? round : 0];
      const isHeld = target === 0 && round > 0;
      // All have locked what is before it in their order, and wait for the same one, before any goes on.
      if (isHeld) await holder.query(`BEGIN; ${lockOf('s11.0')}`);
      const recording = Promise.all(
        nodes.map(({ node, step }) =>
          recordAll(
            node,
            places
              .map((place) => ((place + 1) * step) % places.length)
              .map((place) =>
                at(round, { server: `s${place}.${target}`, ...drift, files: [`${place}.${finding}`] }),
              ),
          ),
        ),
      );
      if (isHeld) {
        await expectRows(waiting, nodes.length);
        await holder.query('COMMIT');
      }
      await recording;
    }
    for (const { node } of nodes) await node.close();
    // A connection that ends says what befell it.
    await expectRows(others, 0);
    expect(await deadlocks()).toEqual(before);
    expect(await storedHistory(await cluster.open())).not.toEqual([]);
  });
});
