import { describe, expect, onTestFinished, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { missing, theCluster } from '../store/postgres-database.ts';
import { ServerProcess } from './server-process.ts';

/** What only `/api/v1/actions` reads: in this state it never answers, and says in the list of what runs who asks. */
const ENDLESS = `
  ALTER TABLE ${SCHEMA}.action RENAME TO action_kept;
  CREATE VIEW ${SCHEMA}.action AS
    SELECT * FROM ${SCHEMA}.action_kept WHERE (SELECT pg_sleep(1000000)) IS NOT NULL`;
const AS_BEFORE = `DROP VIEW ${SCHEMA}.action; ALTER TABLE ${SCHEMA}.action_kept RENAME TO action`;
const RUNNING = `
  SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;

const aReport = {
  repo: 'rsyslog',
  server: 'lab',
  sync_status: 'SYNCED',
  last_check: new Date(Date.now() - 60_000).toISOString(),
};

describe.skipIf(missing !== undefined)('a question that PostgreSQL does not answer', () => {
  async function start(env: Record<string, string> = {}) {
    const { url, connect } = await theCluster();
    const client = await connect();
    const server = await ServerProcess.start('', { env: { DATABASE_URL: url, ...env } });
    onTestFinished(async () => {
      await server.stop('SIGKILL');
      await client.query(AS_BEFORE);
    });
    await client.query(ENDLESS);
    return {
      server,
      running: async () => (await client.query(RUNNING)).rows.length,
      post: () =>
        fetch(`${server.url}/api/v1/reports`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(aReport),
        }),
    };
  }

  test('holds neither reports nor other questions, and ends in the database when its client goes', async () => {
    const { server, running, post } = await start();
    const leaving = new AbortController();
    const asked = fetch(`${server.url}/api/v1/actions`, { signal: leaving.signal });
    const gone = expect(asked).rejects.toThrow(/abort/);
    await expect.poll(running).toBe(1);
    expect((await post()).status).toBe(201);
    expect(await server.json('/status.json')).toMatchObject([{ server: 'lab', state: 'SYNCED' }]);
    leaving.abort();
    await gone;
    await expect.poll(running).toBe(0);
  });

  test('is 504 after its time, and the database works on it no more', async () => {
    const { server, running } = await start({ GITOPS_STATUS_QUESTION_TIMEOUT: '4s' });
    const status = async () => (await fetch(`${server.url}/status.json`)).status;
    // A worker takes a while to start.
    await expect.poll(status).toBe(200);
    const asked = fetch(`${server.url}/api/v1/actions`);
    await expect.poll(running).toBe(1);
    expect((await asked).status).toBe(504);
    await expect.poll(running).toBe(0);
    await expect.poll(status).toBe(200);
  });
});
