import { expect, onTestFinished, test } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { PostgresProcess } from '../postgres-process.ts';
import { exported } from './harness.ts';
import { MACHINE_IS_BUSY_MS, missing } from './postgres-database.ts';

const clock = () => NOON + HOUR;
const at = (minute: number) => aReport({ lastCheckAt: NOON + minute * MINUTE });

async function aPairOfServers() {
  const primary = await PostgresProcess.create();
  const standby = primary.standby('standby');
  onTestFinished(async () => {
    await standby.remove();
    await primary.remove();
  });
  await Promise.all([primary.start(), standby.start()]);
  const receiver = async () =>
    (
      await standby.query<{ pid: number }>(`SELECT pid FROM pg_stat_wal_receiver WHERE status = 'streaming'`)
    )[0]?.pid;
  await expect.poll(receiver, { timeout: MACHINE_IS_BUSY_MS }).toBeDefined();
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
  await primary.query('SELECT pg_reload_conf()');
  const signal = async (name: 'SIGSTOP' | 'SIGCONT') => process.kill((await receiver()) ?? Number.NaN, name);
  return { primary, standby, signal };
}

test.skipIf(missing !== undefined)(
  `what the standby does not have is not acknowledged, however often it is sent; what was acknowledged outlives the primary (${missing ?? ''})`,
  async () => {
    const { primary, standby, signal } = await aPairOfServers();
    const open = (server: PostgresProcess, tryMs = MACHINE_IS_BUSY_MS) =>
      openPostgresStore({ url: server.url('postgres'), clock, tryMs });
    const [node, another] = [await open(primary, 2000), await open(primary, 2000)];
    onTestFinished(async () => {
      await node.close();
      await another.close();
    });
    await expect.poll(() => recordAll(node, [at(0)]).catch(() => undefined)).toBeDefined();
    await signal('SIGSTOP');
    await expect(recordAll(node, [at(1)])).rejects.toMatchObject({ code: 'unavailable' });
    // Now everybody sees it, and it is on the primary alone.
    await primary.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`,
    );
    await expect.poll(async () => (await exported(node)).length, { timeout: MACHINE_IS_BUSY_MS }).toBe(2);
    // It is a duplicate, and waits for the standby all the same.
    for (const one of [another, node])
      await expect(recordAll(one, [at(1)])).rejects.toMatchObject({ code: 'unavailable' });
    await signal('SIGCONT');
    await expect
      .poll(() => recordAll(node, [at(1)]).catch(() => undefined), { timeout: MACHINE_IS_BUSY_MS })
      .toMatchObject([{ recorded: 'duplicate' }]);
    primary.kill();
    await standby.promote();
    const after = await open(standby);
    onTestFinished(() => after.close());
    expect(await exported(after)).toHaveLength(2);
  },
);
