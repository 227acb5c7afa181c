import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { someOf } from '../full-length.ts';
import { runCommand } from './command.ts';
import { postReport, scratch } from './scratch.ts';
import { ServerProcess } from './server-process.ts';

interface Row {
  readonly server: string;
  readonly state: string;
  readonly last_check: string | null;
}

const statusOf = async (server: ServerProcess) => (await server.json('/api/v1/status')) as Row[];

test('a file of expected targets is read at start and again on SIGHUP; a broken one changes nothing', async () => {
  const { at, serve } = scratch();
  const [database, file] = [at('status.db'), at('expected.yaml')];
  const env = { GITOPS_STATUS_EXPECTED_TARGETS_FILE: file };
  writeFileSync(file, '- { repo: rsyslog, server: [log-1, log-2] }\n');
  const server = await serve(database, { env });
  expect(await statusOf(server)).toMatchObject([
    { server: 'log-1', state: 'STALE', last_check: null },
    { server: 'log-2', state: 'STALE', last_check: null },
  ]);
  expect(await postReport(server.url, 'log-1')).toBe(201);

  writeFileSync(file, '- { repo: rsyslog }\n');
  process.kill(server.pid, 'SIGHUP');
  await expect.poll(() => server.log).toContain('expected targets not reloaded');
  writeFileSync(file, '- { repo: rsyslog, server: [log-1, log-3] }\n');
  process.kill(server.pid, 'SIGHUP');
  await expect.poll(async () => (await statusOf(server)).map(({ server }) => server)).toContain('log-3');
  // A target that is removed from the file stays declared: only a deletion ends that.
  expect(await statusOf(server)).toMatchObject([
    { server: 'log-1', state: 'SYNCED' },
    { server: 'log-2', state: 'STALE' },
    { server: 'log-3', state: 'STALE' },
  ]);
  await server.stop();

  writeFileSync(file, '- { repo: rsyslog }\n');
  const { exitCode, said } = ServerProcess.refusal(database, { env });
  expect(exitCode).toBe(2);
  expect(said).toMatch(/GITOPS_STATUS_EXPECTED_TARGETS_FILE=.*entry 1: server/);
});

test('declarations and former names are in a backup', async () => {
  const { at, serve } = scratch();
  const store = openStore({ databasePath: at('status.db') }, '0.0.0-test');
  const from = { repo: 'rsyslog', server: 'log-1' };
  await store.declareTargets([from], {});
  await store.renameTarget({ from, to: { ...from, server: 'log-2' } }, {});
  expect((await runCommand(at('status.db'), ['backup', at('backup.db')])).exitCode).toBe(0);
  await store.close();
  expect((await runCommand(at('status.db'), ['restore', at('backup.db')])).exitCode).toBe(0);
  const again = await serve(at('status.db'));
  expect(await statusOf(again)).toMatchObject([{ server: 'log-2', state: 'STALE', last_check: null }]);
  const old = await fetch(`${again.url}/api/v1/targets?repo=rsyslog&server=log-1`, { method: 'PUT' });
  expect(old.status).toBe(409);
});

test('target rename works while the database is served, and says what it did or why not', async () => {
  const { at, serve } = scratch();
  const database = at('status.db');
  const server = await serve(database);
  for (const name of ['log-1', 'log-2']) await postReport(server.url, name);
  const rename = (...args: string[]) => runCommand(database, ['target', 'rename', 'rsyslog', ...args]);

  expect(await rename('log-1', '--new-server', 'log-9', '--new-repo', 'logging')).toEqual({
    exitCode: 0,
    stdout: 'rsyslog on log-1 is now logging on log-9\n',
    stderr: '',
  });
  expect(await statusOf(server)).toMatchObject([
    { repo: 'logging', server: 'log-9', state: 'SYNCED' },
    { repo: 'rsyslog', server: 'log-2' },
  ]);
  const mistakes: [args: string[], words: RegExp, code: number][] = [
    [['log-1', '--new-server', 'log-3'], /rsyslog on log-1 has been called logging on log-9 since/, 1],
    [['log-2', '--new-repo', 'logging', '--new-server', 'log-9'], /logging on log-9 is another target/, 1],
    [['log-2'], /is already called rsyslog on log-2/, 1],
    [['nobody', '--new-server', 'x'], /There is no target with repo=rsyslog and server=nobody/, 1],
    [['log-2', '--new-server', 'a b'], /"a b" is not a valid name/, 2],
  ];
  for (const [args, words, code] of someOf(mistakes, 2)) {
    const { exitCode, stderr } = await rename(...args);
    expect([exitCode, stderr]).toEqual([code, expect.stringMatching(words)]);
  }
  expect((await rename('log-2', '--new-server', 'LOG-2')).stderr).toBe('');
  // The tail of the running server notices the events of another process.
  const page = (await server.json('/api/v1/events?format=json')) as { rows: { kind: string }[] };
  expect(page.rows.filter(({ kind }) => kind === 'target_deleted')).toHaveLength(2);
});
