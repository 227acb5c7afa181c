import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { someOf } from '../full-length.ts';
import { withFolder } from './faults/folder.ts';
import { ServerProcess } from './server-process.ts';
import { SHIPPED_MAIN } from './shipped-program.ts';

type Env = Readonly<Record<string, string>>;
/** How the last good token is lost, and the settings of the server afterwards. */
type Loss = [what: string, lose: (path: string) => Promise<Env | undefined> | Env | undefined];

function command(path: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SHIPPED_MAIN, ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: `sqlite:${path}` },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return { stdout: stdout.trim(), stderr };
}

async function whileServed(path: string, env: Env, work: (server: ServerProcess) => Promise<void>) {
  const server = await ServerProcess.start(path, { env });
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

/** One of each kind of access. */
const ASKED = [
  ['GET', '/status.json'],
  ['GET', '/'],
  ['GET', '/metrics'],
  ['GET', '/badge.svg?repo=a&server=b'],
  ['GET', '/docs'],
  ['GET', '/api/v1/events'],
  ['POST', '/api/v1/reports'],
  ['PUT', '/metrics/job/x'],
  ['DELETE', '/api/v1/targets?repo=a&server=b'],
  ['GET', '/nothing'],
] as const;

async function expectClosed(server: ServerProcess): Promise<void> {
  for (const [method, path] of ASKED) {
    const answer = await fetch(`${server.url}${path}`, { method });
    expect([method, path, answer.status, await answer.text()]).toEqual([
      method,
      path,
      401,
      expect.stringMatching(/closed to everybody.*gitops-status-server token create NAME --scope report/),
    ]);
  }
  for (const path of ['/healthz', '/readyz']) expect((await fetch(`${server.url}${path}`)).status).toBe(200);
}

async function expectOpen(server: ServerProcess): Promise<void> {
  expect((await fetch(`${server.url}/status.json`)).status).toBe(200);
}

/** A backup from before the first token was made. */
async function backupWithoutTokens(path: string): Promise<string> {
  await openStore({ databasePath: path }, '0.0.0-test').close();
  command(path, 'backup', `${path}.backup`);
  return `${path}.backup`;
}

describe('on loopback a server without a valid token stays closed', () => {
  test.each(
    someOf<Loss>(
      [
        [
          'if the last one was revoked',
          (path) => {
            command(path, 'token', 'create', 'ci', '--scope', 'report');
            command(path, 'token', 'revoke', 'ci');
            return undefined;
          },
        ],
        [
          'if the last one is no longer stored',
          (path) => {
            command(path, 'token', 'create', 'ci', '--scope', 'report');
            const file = new Sqlite(path);
            file.exec('DELETE FROM token');
            file.close();
            return undefined;
          },
        ],
        [
          'if the last one has expired',
          (path) => {
            command(path, 'token', 'create', 'ci', '--scope', 'report');
            const file = new Sqlite(path);
            file.exec('UPDATE token SET expires_at = 1');
            file.close();
            return undefined;
          },
        ],
        [
          'if a backup from before the first one was restored',
          async (path) => {
            const backup = await backupWithoutTokens(path);
            command(path, 'token', 'create', 'ci', '--scope', 'report');
            expect(command(path, 'restore', backup).stderr).not.toContain('open to everybody');
            return undefined;
          },
        ],
        [
          'if tokens were declared in a file that is no longer named',
          async (path) => {
            const file = `${path}.tokens`;
            const entry = spawnSync(
              process.execPath,
              [SHIPPED_MAIN, 'token', 'create', 'ci', '--scope', 'read', '--declare'],
              { encoding: 'utf8' },
            );
            writeFileSync(file, entry.stderr);
            await whileServed(path, { GITOPS_STATUS_TOKENS_FILE: file }, async (server) => {
              const headers = { Authorization: `Bearer ${entry.stdout.trim()}` };
              expect((await fetch(`${server.url}/status.json`, { headers })).status).toBe(200);
            });
            return undefined;
          },
        ],
        ['if the database is new, and a token is required', () => ({ GITOPS_STATUS_REQUIRE_TOKEN: 'true' })],
        [
          'if the database is made again, and a token is required',
          async (path) => {
            await whileServed(path, {}, expectOpen);
            rmSync(path);
            return { GITOPS_STATUS_REQUIRE_TOKEN: 'true' };
          },
        ],
      ],
      3,
    ),
  )('%s', (_, lose) =>
    withFolder(async (folder) => {
      const path = join(folder, 'status.db');
      await whileServed(path, (await lose(path)) ?? {}, async (server) => {
        await expectClosed(server);
        // As it says: beside the running server.
        const token = command(path, 'token', 'create', 'me', '--scope', 'read').stdout;
        const headers = { Authorization: `Bearer ${token}` };
        expect((await fetch(`${server.url}/status.json`, { headers })).status).toBe(200);
      });
    }),
  );
});

test('restore says if the restored database is open', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    const backup = await backupWithoutTokens(path);
    writeFileSync(path, 'Dear diary, '.repeat(1000));
    expect(command(path, 'restore', backup).stderr).toMatch(
      /open to everybody.*GITOPS_STATUS_REQUIRE_TOKEN=true/s,
    );
    await whileServed(path, {}, expectOpen);
  }));
