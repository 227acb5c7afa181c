import { describe, expect, onTestFinished, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { LOCK } from '../../src/store/postgres/migrate.ts';
import { MACHINE_IS_BUSY_MS, missing, theCluster } from '../store/postgres-database.ts';
import { runCommand } from './command.ts';
import { ServerProcess } from './server-process.ts';

/** Several servers on one database, which all end with the test. */
async function servers() {
  const { url, connect } = await theCluster();
  const env = { DATABASE_URL: url };
  return {
    env,
    connect,
    async start(options: { until?: string; env?: Record<string, string> } = {}) {
      const server = await ServerProcess.start('', { ...options, env: { ...env, ...options.env } });
      onTestFinished(async () => void (await server.stop('SIGKILL')));
      return server;
    },
  };
}

const LONG_AGO = Date.now() - 3_600_000;

const report = (place: number) => ({
  repo: 'rsyslog',
  server: `s${place % 7}`,
  sync_status: place % 3 === 0 ? 'OUT_OF_SYNC' : 'SYNCED',
  last_check: new Date(LONG_AGO + place * 1000).toISOString(),
  expected_interval_s: 86_400,
});

const post = (url: string, body: object) =>
  fetch(`${url}/api/v1/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

describe.skipIf(missing !== undefined)('servers on PostgreSQL', () => {
  test('answer the same, each with what was acknowledged by another', async () => {
    const { start } = await servers();
    const [one, other] = [await start(), await start()];
    for (let place = 0; place < 20; place++) {
      const [to, from] = place % 2 === 0 ? [one, other] : [other, one];
      expect((await post(to.url, report(place))).status).toBe(201);
      const answers = await Promise.all([to, from].map(({ url }) => fetch(`${url}/status.json`)));
      const [here, there] = await Promise.all(answers.map((answer) => answer.json()));
      expect(there).toEqual(here);
      expect(there).toContainEqual(expect.objectContaining({ last_check: report(place).last_check }));
    }
    for (const path of ['/api/v1/events?format=json&after=0', '/api/v1/incidents', '/metrics', '/'])
      expect((await fetch(`${other.url}${path}`)).status).toBe(200);
    expect(await one.stop()).toBe(0);
  });

  test('end, and say why, if a file of the settings cannot be used', async () => {
    const { env } = await servers();
    const { exitCode, said } = ServerProcess.refusal('', {
      env: { ...env, GITOPS_STATUS_TOKENS_FILE: '/nowhere/tokens.yaml' },
    });
    expect(exitCode).toBe(2);
    expect(said).toMatch(/\/nowhere\/tokens\.yaml/);
  });

  test('have what they acknowledged, once, however often they are killed', async () => {
    const { start } = await servers();
    const others = await start();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const server = await start();
      const places = Array.from({ length: 60 }, (_, i) => round * 50 + i);
      const sending = places.map(async (place) => {
        const body = report(place);
        for (const { url } of [server, others]) {
          // One of them may be gone: the reporter tries again, elsewhere.
          const answer = await post(url, body).catch(() => undefined);
          if (answer?.ok === true) acknowledged.add(body.last_check);
        }
      });
      await Promise.race(sending);
      await server.stop('SIGKILL');
      await Promise.all(sending);
    }
    const again = await start();
    const { rows } = (await again.json('/api/v1/reports?limit=1000&from=0')) as {
      rows: { last_check: string }[];
    };
    expect(new Set(rows.map((row) => row.last_check))).toEqual(acknowledged);
    expect(rows).toHaveLength(160);
  });

  test('leave a schema as it was if they are killed while they make it', async () => {
    const { start, env, connect } = await servers();
    const client = await connect();
    await client.query(`DROP SCHEMA ${SCHEMA} CASCADE;
      CREATE SEQUENCE public.step;
      CREATE TABLE public.halt AS SELECT 0 AS step;
      CREATE FUNCTION public.halt() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('public.step') = (SELECT step FROM public.halt) THEN PERFORM pg_sleep(3600); END IF;
      END $$;
      CREATE EVENT TRIGGER halt ON ddl_command_end EXECUTE FUNCTION public.halt()`);
    onTestFinished(async () => {
      const cleaner = await connect();
      await cleaner.query(
        'DROP EVENT TRIGGER halt; DROP FUNCTION public.halt; DROP TABLE public.halt; DROP SEQUENCE public.step',
      );
    });
    const asleep = async () =>
      (
        await client.query(
          `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`,
        )
      ).rowCount;
    const tables = async () =>
      (await client.query(`SELECT FROM pg_tables WHERE schemaname = '${SCHEMA}'`)).rowCount;
    for (const step of [1, 3, 20]) {
      await client.query(`SELECT setval('public.step', 1, false); UPDATE public.halt SET step = ${step}`);
      const server = ServerProcess.spawn('', { env });
      await expect.poll(asleep, { timeout: MACHINE_IS_BUSY_MS }).toBe(1);
      server.kill();
      await server.ended;
      // PostgreSQL notices within a second that the client is gone.
      await expect.poll(asleep, { timeout: MACHINE_IS_BUSY_MS }).toBe(0);
      expect(await tables()).toBeLessThanOrEqual(1);
    }
    const server = await start();
    expect((await post(server.url, report(0))).status).toBe(201);
  });

  test('say a new event to those who listen to another one', async () => {
    const { start } = await servers();
    const [one, other] = [await start(), await start()];
    const listening = await fetch(`${other.url}/api/v1/events`);
    const reader = listening.body?.pipeThrough(new TextDecoderStream()).getReader();
    await post(one.url, report(0));
    let heard = '';
    while (!heard.includes('target_added')) heard += (await reader?.read())?.value ?? '';
    expect(heard).toContain('id: 1');
    await reader?.cancel();
  });

  test('wait for a database that is not there yet, alive and unready', async () => {
    const { start, env } = await servers();
    const nowhere = env.DATABASE_URL.replace(/host=.*/, 'host=/nowhere');
    const server = await start({ until: 'waiting for the database', env: { DATABASE_URL: nowhere } });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const answer = await post(server.url, report(0));
    expect(answer.status).toBe(503);
    const detail =
      'The database cannot be reached, or another process is migrating it. The server tries again every second.';
    expect(await answer.json()).toMatchObject({ detail });
  });

  test('wait for another process that migrates the database, alive and unready, and end if they are told to', async () => {
    const { start, env, connect } = await servers();
    const migrating = await connect();
    await migrating.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const until = 'waiting for the database';
    const [one, other, refused] = await Promise.all([
      start({ until }),
      start({ until }),
      runCommand('', ['export'], { env }),
    ]);
    expect(refused.stderr).toMatch(/Another process is bringing the schema of the database up to date/);
    expect((await fetch(`${one.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${one.url}/readyz`)).status).toBe(503);
    expect(await other.stop()).toBe(0);
    await migrating.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    await expect
      .poll(async () => (await post(one.url, report(0))).status, { timeout: MACHINE_IS_BUSY_MS })
      .toBe(201);
  });

  test('are commanded as those on a file, but for copies of it', async () => {
    const { start, env } = await servers();
    const server = await start();
    await post(server.url, report(0));
    const exported = await runCommand('', ['export'], { env });
    expect(exported.stdout).toContain('"server":"s0"');
    const again = await runCommand('', ['import', '-'], { env, input: exported.stdout });
    expect(again.stdout).toBe('0 reports recorded, 1 duplicate\n');
    const refused = await runCommand('', ['backup', 'copy.db'], { env });
    expect(refused.stderr).toMatch(/DATABASE_URL names a PostgreSQL.*use pg_dump and pg_restore/);
  });
});
