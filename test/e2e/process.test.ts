import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ServerProcess } from './server-process.ts';
import { SHIPPED_MAIN } from './shipped-program.ts';

describe('the process', () => {
  let folder: string;
  const servers: ServerProcess[] = [];
  const start = async () => {
    const server = await ServerProcess.start(join(folder, 'status.db'));
    servers.push(server);
    return server;
  };
  const tryToStart = (env: Record<string, string>) =>
    spawnSync(process.execPath, [SHIPPED_MAIN], {
      env: { PATH: process.env.PATH, PORT: '0', ...env },
      encoding: 'utf8',
      cwd: folder,
    });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-process-'));
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const report = (server: string) => ({
    repo: 'rsyslog',
    server,
    sync_status: 'SYNCED',
    last_check: new Date().toISOString(),
  });
  const post = async (url: string, body: object) =>
    fetch(`${url}/api/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });

  test('has everything acknowledged on disk, even if it is killed right after', async () => {
    const server = await start();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => post(server.url, report(`s${i}`))),
    );
    await server.stop('SIGKILL');
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    const again = await start();
    expect(await again.json('/status.json')).toHaveLength(50);
  });

  test('finishes running requests when it is asked to stop', async () => {
    const server = await start();
    const pending = Array.from({ length: 20 }, (_, i) => post(server.url, report(`s${i}`)));
    const outcomes = Promise.allSettled(pending);
    await pending[0];
    expect(await server.stop('SIGTERM')).toBe(0);
    const acknowledged = (await outcomes).filter(
      (one) => one.status === 'fulfilled' && one.value.status === 201,
    );
    const again = await start();
    expect(((await again.json('/status.json')) as unknown[]).length).toBeGreaterThanOrEqual(
      acknowledged.length,
    );
  });

  test('has the reason of an error in the status line, where Grafana shows it', async () => {
    const server = await start();
    const answer = await fetch(`${server.url}/grafana/status?state=GR%C3%9CN`);
    expect(answer.status).toBe(422);
    expect(answer.statusText).toBe('state: must be one of SYNCED, OUT_OF_SYNC, UNKNOWN, STALE');
    const problem = await fetch(`${server.url}/n%C3%B6pe`);
    expect(problem.statusText).toMatch(/^There is nothing at [\x20-\x7e]+$/);
  });

  test('says in plain words why it does not start', () => {
    const settings = tryToStart({ PORT: 'http', GITOPS_STATUS_STALE_AFTER: 'soon' });
    expect(settings.status).toBe(2);
    expect(settings.stderr).toMatch(/PORT=http: .*\n.*STALE_AFTER=soon: /);
    const path = join(folder, 'notes.txt');
    writeFileSync(path, 'not a database '.repeat(100));
    const database = tryToStart({ DATABASE_URL: `sqlite:${path}` });
    expect(database.status).toBe(1);
    expect(database.stderr).toMatch(/^\S+notes\.txt is not a database; nothing was changed\. .*\n$/);
  });
});
