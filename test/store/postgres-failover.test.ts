import { describe, expect, onTestFinished, test } from 'vitest';
import { PATIENCE } from '../../src/store/postgres/connection.ts';
import { Servers } from '../../src/store/postgres/servers.ts';
import { ServerProcess } from '../e2e/server-process.ts';
import { missing, runOn } from './postgres-database.ts';
import { Pair } from './postgres-standby.ts';

const READERS = `SELECT pid FROM pg_stat_activity WHERE application_name = 'gitops-status-server'`;
const LONG_AGO = Date.now() - 3_600_000;

describe.skipIf(missing !== undefined)('several servers in one address', () => {
  const pair = Pair.start();

  const roleOn = async (servers: Servers) => {
    const client = await servers.connect(PATIENCE.control);
    const { rows } = await client.query<{ isStandby: boolean }>('SELECT pg_is_in_recovery() AS "isStandby"');
    await client.end();
    return rows[0]?.isStandby === true ? 'standby' : 'primary';
  };
  const inBothOrders = () => [pair.urlOf(pair.primary, pair.standby), pair.urlOf(pair.standby, pair.primary)];

  test('the primary is found among them, wherever it stands', async () => {
    for (const url of inBothOrders()) expect(await roleOn(Servers.primary(url))).toBe('primary');
  });

  test.each([
    ['any', ['primary', 'standby']],
    ['primary', ['primary', 'primary']],
    ['read-write', ['primary', 'primary']],
    ['standby', ['standby', 'standby']],
    ['read-only', ['standby', 'standby']],
    ['prefer-standby', ['standby', 'standby']],
  ])('for reading, target_session_attrs=%s takes %o', async (role, taken) => {
    const urls = inBothOrders().map((url) => `${url}&target_session_attrs=${role}`);
    const found = [];
    for (const url of urls) found.push(await roleOn(Servers.forReading(url)));
    expect(found).toEqual(taken);
  });

  test('a standby is preferred, not required, and a primary alone will do', async () => {
    const url = (role: string) => `${pair.urlOf(pair.primary)}&target_session_attrs=${role}`;
    expect(await roleOn(Servers.forReading(url('prefer-standby')))).toBe('primary');
    await expect(roleOn(Servers.forReading(url('standby')))).rejects.toThrow('it is not a standby');
  });

  test('after a failover a server goes on, with all it had acknowledged, and says meanwhile what it lacks', async () => {
    const DATABASE_URL = pair.urlOf(pair.primary, pair.standby);
    const DATABASE_READ_URL = pair.urlOf(pair.standby);
    const server = await ServerProcess.start('', { env: { DATABASE_URL, DATABASE_READ_URL } });
    onTestFinished(async () => void (await server.stop('SIGKILL')));
    const get = (path: string) => fetch(`${server.url}${path}`);
    const post = (minute: number) =>
      fetch(`${server.url}/api/v1/reports`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          repo: 'rsyslog',
          server: 'lab',
          sync_status: 'SYNCED',
          last_check: new Date(LONG_AGO + minute * 60_000).toISOString(),
        }),
      });
    expect((await post(0)).status).toBe(201);
    expect((await get('/status.json')).status).toBe(200);
    expect(await runOn(DATABASE_READ_URL, READERS)).not.toEqual([]);
    expect((await get('/readyz')).status).toBe(200);
    await pair.caughtUp();
    pair.stopPrimary();
    await expect.poll(async () => (await get('/readyz')).status).toBe(503);
    expect(await (await get('/readyz')).json()).toMatchObject({
      detail:
        'The database cannot be written to at the moment: 2 servers were tried, and 1 answered that it is a standby, ' +
        '1 could not be used.',
    });
    expect((await get('/healthz')).status).toBe(200);
    pair.standby.promote();
    await expect.poll(async () => (await get('/readyz')).status).toBe(200);
    expect((await post(1)).status).toBe(201);
    const { rows } = (await server.json('/api/v1/reports?from=0')) as { rows: { last_check: string }[] };
    expect(rows.map(({ last_check }) => Date.parse(last_check) - LONG_AGO)).toEqual([60_000, 0]);
  });
});
