import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { until } from '../e2e/faults/until.ts';
import { aReport, HOUR, NOON, recordAll } from '../fixtures.ts';
import { ownUser } from '../postgres-cluster.ts';
import { MACHINE_IS_BUSY_MS, missing, theCluster } from './postgres-database.ts';

const PORT = 6432;

const isMissing = missing !== undefined || spawnSync('pgbouncer', ['--version']).status !== 0;
if (isMissing) console.warn('skipped: not installed here: pgbouncer');

/** A real pgbouncer in front of a database of the cluster for tests: the address that leads through it. */
async function pooled(url: string, mode: 'session' | 'transaction'): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-pooler-'));
  chmodSync(folder, 0o777);
  const host = new URL(url.replace('@/', '@localhost/')).searchParams.get('host');
  const config = `[databases]
* = host=${host} user=postgres
[pgbouncer]
pool_mode = ${mode}
ignore_startup_parameters = options
auth_type = any
listen_port = ${PORT}
unix_socket_dir = ${folder}
`;
  writeFileSync(join(folder, 'pgbouncer.ini'), config);
  const child = spawn('pgbouncer', ['-q', join(folder, 'pgbouncer.ini')], { ...ownUser(), stdio: 'ignore' });
  onTestFinished(async () => {
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
    rmSync(folder, { recursive: true });
  });
  await until('pgbouncer does not listen', () => existsSync(join(folder, `.s.PGSQL.${PORT}`)));
  return url.replace(/host=.*/, `host=${folder}&port=${PORT}`);
}

const open = (url: string) => openPostgresStore({ url, clock: () => NOON + HOUR, tryMs: MACHINE_IS_BUSY_MS });

/** Why it is refused. On a busy machine it may not be reached at first. */
async function refusal(url: string): Promise<string> {
  for (;;) {
    const error: unknown = await open(url).catch((thrown: unknown) => thrown);
    if (!(error instanceof Error)) throw new Error('It was accepted.');
    if (!(error instanceof DomainError)) return error.message;
  }
}

describe.skipIf(isMissing)('behind pgbouncer', () => {
  /** What does not arrive through it, the database sets. */
  async function database() {
    const { url, connect } = await theCluster();
    const client = await connect();
    const name = /\/([^/?]+)\?/.exec(url)?.[1];
    await client.query(`ALTER DATABASE ${name} SET search_path = gitops_status`);
    onTestFinished(async () => void (await client.query(`ALTER DATABASE ${name} RESET search_path`)));
    return url;
  }

  test('that pools sessions two nodes record, and tell each other', async () => {
    const url = await pooled(await database(), 'session');
    const [one, other] = [await open(url), await open(url)];
    try {
      await recordAll(one, [aReport({ lastCheckAt: NOON })]);
      await recordAll(other, [aReport({ lastCheckAt: NOON + 1000, syncStatus: 'OUT_OF_SYNC' })]);
      expect(await one.statuses({})).toEqual(await other.statuses({}));
      expect(await one.eventsAfter(0, { limit: 10 })).toEqual(await other.eventsAfter(0, { limit: 10 }));
    } finally {
      for (const store of [one, other]) await store.close();
    }
  });

  test('that pools transactions it is refused in words, as connections are not its own', async () => {
    const url = await pooled(await database(), 'transaction');
    expect(await refusal(url)).toMatch(
      /cannot be used: a pooler lends the same connection .* must pool sessions/,
    );
  });

  test('that passes no settings on is refused in words if the database has none', async () => {
    const { url } = await theCluster();
    expect(await refusal(await pooled(url, 'session'))).toMatch(/settings of a connection do not arrive/);
  });
});
