import { describe, expect, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { exported } from './harness.ts';
import { MACHINE_IS_BUSY_MS, missing, theCluster } from './postgres-database.ts';
import { aProxy } from './postgres-proxy.ts';

const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });

/** A node behind the proxy, and one that sees what is stored. */
async function aNodeBehindAProxy() {
  const cluster = await theCluster();
  const proxy = await aProxy(cluster);
  const witness = await cluster.open();
  return { cluster, proxy, witness, node: await cluster.open({ url: proxy.url }) };
}

/** Ends the connection when the commit has taken place, and before it is told. */
function loseCommit({ cutNext }: Awaited<ReturnType<typeof aProxy>>): () => boolean {
  let isLost = false;
  cutNext(({ from, type, text }) => {
    isLost ||= from === 'server' && type === 'C' && text === 'COMMIT\0';
    return isLost;
  });
  return () => isLost;
}

/** Ends the connection before the commit reaches the server. */
function loseBeforeCommit({ cutNext }: Awaited<ReturnType<typeof aProxy>>): () => boolean {
  let isLost = false;
  cutNext(({ from, text }) => {
    isLost ||= from === 'client' && text === 'COMMIT\0';
    return isLost;
  });
  return () => isLost;
}

describe.skipIf(missing !== undefined)(`connections to PostgreSQL that are lost (${missing ?? ''})`, () => {
  test('a commit whose answer was lost is recognised: stored once, told once, and acknowledged', async () => {
    const { proxy, witness, node } = await aNodeBehindAProxy();
    await recordAll(node, [at(0)]);
    const wasLost = loseCommit(proxy);
    const answers = await recordAll(node, [at(1, drift), at(1, { server: 'b' })]);
    expect(wasLost()).toBe(true);
    expect(answers.map(({ recorded, change }) => [recorded, change])).toEqual([
      ['new', 'changed'],
      ['new', 'first'],
    ]);
    expect(await exported(witness)).toHaveLength(3);
    const { events } = await witness.eventsAfter(0, { limit: 100 });
    expect(events.filter(({ kind }) => kind === 'incident_opened')).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'target_added')).toHaveLength(2);
  });

  test('a commit that did not take place is done again, also if its row now belongs to another node with more commits', async () => {
    const { cluster, proxy, witness, node } = await aNodeBehindAProxy();
    await recordAll(node, [at(0)]);
    const client = await cluster.connect();
    // As after a failover to a server that did not have the row: when this node connects again, its old id is another's.
    await client.query(`CREATE FUNCTION public.others() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE ${SCHEMA}.node SET seq = seq + 1000 WHERE id <> NEW.id; RETURN NULL; END $$;
      CREATE TRIGGER others AFTER INSERT ON ${SCHEMA}.node FOR EACH ROW
        WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION public.others()`);
    cluster.closeAtLast(async () => void (await client.query('DROP FUNCTION public.others CASCADE')));
    const wasLost = loseBeforeCommit(proxy);
    const answers = await recordAll(node, [at(1, drift)]);
    expect(wasLost()).toBe(true);
    expect(answers.map(({ recorded }) => recorded)).toEqual(['new']);
    expect(await exported(witness)).toHaveLength(2);
  });

  test('a push, which has no instant of its own, is stored once if the answer to its commit is lost', async () => {
    const { proxy, witness, node } = await aNodeBehindAProxy();
    const push = () => ({ ...aReport({ pushed: true }), lastCheckAt: undefined });
    await recordAll(node, [push()]);
    const wasLost = loseCommit(proxy);
    await recordAll(node, [push(), push()]);
    expect(wasLost()).toBe(true);
    expect(await exported(witness)).toHaveLength(3);
    await recordAll(node, [push()]);
    expect(await exported(witness)).toHaveLength(4);
  });

  test('a write that may not be repeated is done once if the answer to its commit is lost', async () => {
    const { proxy, witness, node } = await aNodeBehindAProxy();
    const by = { actor: { name: 'alice', verified: true } };
    const terms = { matchers: {}, reason: 'trial', startsAt: NOON, endsAt: NOON + HOUR, untilInSync: false };
    await node.addMute(terms, by);
    const wasLost = loseCommit(proxy);
    await node.addMute(terms, by);
    expect(wasLost()).toBe(true);
    expect(await witness.everyMute()).toHaveLength(2);
    const lostBefore = loseBeforeCommit(proxy);
    await node.addMute(terms, by);
    expect(lostBefore()).toBe(true);
    expect(await witness.everyMute()).toHaveLength(3);
  });

  test('a commit whose answer was lost is recognised also after one that was rolled back at its end', async () => {
    const { cluster, proxy, witness, node } = await aNodeBehindAProxy();
    await recordAll(node, [at(0)]);
    const client = await cluster.connect();
    await client.query(`CREATE SEQUENCE public.ended;
      CREATE FUNCTION public.fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('public.ended') = 1 THEN RAISE EXCEPTION 'once' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER fail_once AFTER UPDATE ON ${SCHEMA}.node DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION public.fail_once()`);
    cluster.closeAtLast(async () => {
      await client.query('DROP FUNCTION public.fail_once CASCADE; DROP SEQUENCE public.ended');
    });
    let wasLost = () => false;
    proxy.cutNext(({ from, type }) => {
      // The next try is committed.
      if (from === 'server' && type === 'E') wasLost = loseCommit(proxy);
      return false;
    });
    const answers = await recordAll(node, [at(1, drift)]);
    expect(wasLost()).toBe(true);
    expect(answers.map(({ recorded }) => recorded)).toEqual(['new']);
    expect(await exported(witness)).toHaveLength(2);
  });

  test('writes of a node change its own version at once, also if the answer was lost', async () => {
    const { proxy, node } = await aNodeBehindAProxy();
    const before = node.version();
    const wasLost = loseCommit(proxy);
    await recordAll(node, [at(0)]);
    expect(wasLost()).toBe(true);
    expect(node.version()).not.toBe(before);
  });

  test.each([
    ['answer', 'server', 'Z'],
    ['statement', 'client', 'SQ'],
  ] as const)(
    'a recording is acknowledged and stored once, whichever %s its connection ends at',
    async (_, side, types) => {
      const { proxy, witness, node } = await aNodeBehindAProxy();
      await recordAll(node, [at(0)]);
      let [recorded, isOver] = [0, false];
      for (let place = 1; !isOver; place++) {
        let passed = 0;
        proxy.cutNext(({ from, type }) => from === side && types.includes(type) && ++passed === place);
        // Each has its own finding and source, opens an incident or ends one, and comes with a late one.
        const found = place % 2 === 0 ? {} : { ...drift, files: [`f${place}`] };
        await recordAll(node, [at(place, { commit: `c${place}`, ...found }), at(-place, drift)]);
        recorded++;
        isOver = passed < place;
      }
      expect(recorded).toBeGreaterThan(10);
      expect(await exported(witness)).toHaveLength(1 + 2 * recorded);
      await expectNothingTwice(witness);
    },
  );

  test('a connection that cannot be used is closed: however often a write is tried, none is left behind', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const node = await cluster.open({ tryMs: 1000 });
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const database = rows[0]?.name;
    const lost = `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE '%FROM node WHERE%' AND pid <> pg_backend_pid()`;
    const set = (value: string) => client.query(`ALTER DATABASE ${database} ${value}`);
    // As after a failover to a server that is still a standby.
    await set('SET default_transaction_read_only = on');
    try {
      await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`);
      await expect(recordAll(node, [at(0)])).rejects.toMatchObject({ code: 'unavailable' });
      await expect
        .poll(async () => (await client.query(lost)).rowCount, { timeout: MACHINE_IS_BUSY_MS })
        .toBe(0);
    } finally {
      await set('RESET default_transaction_read_only');
    }
  });
});

async function expectNothingTwice(store: Store): Promise<void> {
  const { events } = await store.eventsAfter(0, { limit: 10_000 });
  const opened = events.filter(({ kind }) => kind === 'incident_opened').map(({ incident }) => incident?.id);
  expect(new Set(opened).size).toBe(opened.length);
  expect(events.filter(({ kind }) => kind === 'target_added')).toHaveLength(1);
}
