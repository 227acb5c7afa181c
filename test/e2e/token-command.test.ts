import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { someOf } from '../full-length.ts';
import { ServerProcess } from './server-process.ts';
import { SHIPPED_MAIN } from './shipped-program.ts';

const TOKEN = /^gss_[A-Za-z0-9_-]{43}$/;

let folder: string;
let server: ServerProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gitops-status-token-'));
});
afterEach(async () => {
  await server?.stop('SIGKILL');
  server = undefined;
  rmSync(folder, { recursive: true });
});

const database = () => join(folder, 'status.db');

/** Runs `token …` in its own process, on the server's database. */
function token(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SHIPPED_MAIN, 'token', ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: `sqlite:${database()}` },
    encoding: 'utf8',
  });
  return { exitCode: status, stdout, stderr };
}

async function statusOf(text: string): Promise<number> {
  const answer = await fetch(`${server?.url}/status.json`, { headers: { Authorization: `Bearer ${text}` } });
  return answer.status;
}

const eventually = (text: string, status: number) => expect.poll(() => statusOf(text)).toBe(status);

test('a token made while the server runs takes effect, and a revoked one stops working', async () => {
  server = await ServerProcess.start(database());
  expect(await statusOf('')).toBe(200);

  const made = token('create', 'grafana', '--scope', 'read', '--expires', '90d');
  const text = made.stdout.trim();
  expect(text).toMatch(TOKEN);
  await eventually('', 401);
  expect(await statusOf(text)).toBe(200);
  // From now on a new one works at once.
  expect(await statusOf(token('create', 'other', '--scope', 'read').stdout.trim())).toBe(200);

  expect(token('revoke', 'grafana')).toMatchObject({ exitCode: 0, stdout: '' });
  await eventually(text, 401);
  const [grafana] = JSON.parse(token('list', '--json').stdout);
  expect(grafana).toMatchObject({
    name: 'grafana',
    state: 'revoked',
    last_used_at: expect.stringMatching(/Z$/),
  });
});

describe('the command', () => {
  test('says with the first token, and only then, that the server asks for one from now on', () => {
    const [first, second] = ['a', 'b'].map((name) => token('create', name, '--scope', 'read').stderr);
    expect(first).toContain('from now on the server asks for one, also on loopback');
    expect(second).not.toContain('from now on');
  });

  test('shows a token once, and everything else about it at any time', () => {
    const made = token(
      'create',
      'ci-db',
      '--scope',
      'report',
      '--repo',
      'db',
      '--repo',
      'team-a/*',
      '--expires',
      '2999-01-31',
    );
    expect(made.stderr).toContain('It is shown only once');
    const listed = [token('list'), token('list', '--json')].map(({ stdout }) => stdout);
    for (const text of [made.stderr, ...listed]) expect(text).not.toContain(made.stdout.trim());
    const [header, row] = (listed[0] ?? '').split('\n');
    expect(header).toMatch(/^NAME +SCOPES +REPOS +CREATED +EXPIRES +LAST USED +STATE$/);
    expect(row).toMatch(/^ci-db +report +db,team-a\/\* +\S+Z +2999-01-31T00:00:00\.000Z +never +live$/);
    expect(JSON.parse(listed[1] ?? '')).toEqual([
      {
        name: 'ci-db',
        scopes: ['report'],
        repos: ['db', 'team-a/*'],
        created_at: expect.stringMatching(/Z$/),
        expires_at: '2999-01-31T00:00:00.000Z',
        last_used_at: null,
        state: 'live',
      },
    ]);
  });

  test.each(
    someOf(
      [
        [['create', 'a'], /required option '--scope <scope>'/],
        [['create', 'a', '--scope', 'write'], /must be one of report, read, act, admin/],
        [['create', 'a', '--scope', 'read', '--repo', 'b'], /give it the scope report/],
        [
          ['create', 'a', '--scope', 'read', '--expires', 'soon'],
          /neither a span from 1s to 10y, such as 90d, nor an instant in the future/,
        ],
        [['create', 'a', '--scope', 'read', '--expires', '2999-01-31T00:00:00'], /there is no offset: add Z/],
        [['create', 'a', '--scope', 'read', '--expires', '1999-01-31'], /it is not in the future/],
      ],
      2,
    ),
  )('%j says what is wrong, and prints no token', (args, words) => {
    const { exitCode, stdout, stderr } = token(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n +at /);
  });

  test('says that a token to revoke does not exist', async () => {
    await openStore({ databasePath: database() }, '0.0.0-test').close();
    expect(token('revoke', 'nobody')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'There is no token nobody to revoke: see "token list".\n',
    });
  });

  test.each(someOf([['list'], ['list', '--json'], ['revoke', 'nobody']], 2))(
    '%s %s makes no database',
    (...args) => {
      const { exitCode, stdout, stderr } = token(...args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toBe(`There is no database at ${database()}: does DATABASE_URL name the right one?\n`);
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});

describe('a file that declares tokens', () => {
  const path = () => join(folder, 'tokens.yaml');
  const env = () => ({ GITOPS_STATUS_TOKENS_FILE: path() });
  const hangUp = () => process.kill(server?.pid ?? 0, 'SIGHUP');
  const declare = (name: string) => {
    const { stdout, stderr } = token('create', name, '--scope', 'read', '--declare');
    return { text: stdout.trim(), entry: stderr };
  };

  test('is made with the command, and read at start and again on SIGHUP; a broken one changes nothing', async () => {
    const [first, second] = [declare('first'), declare('second')];
    expect(first.entry).toContain(createHash('sha256').update(first.text).digest('hex'));
    expect(readdirSync(folder)).toEqual([]);

    writeFileSync(path(), first.entry);
    server = await ServerProcess.start(database(), { env: env() });
    expect(token('list', '--json').stdout).toBe('[]\n');
    expect(await statusOf(first.text)).toBe(200);
    expect(await statusOf(second.text)).toBe(401);

    writeFileSync(path(), `${second.entry}- { name: third }\n`);
    hangUp();
    await expect.poll(() => server?.log).toContain('tokens not reloaded');
    expect(await statusOf(first.text)).toBe(200);

    writeFileSync(path(), second.entry);
    hangUp();
    await eventually(second.text, 200);
    expect(await statusOf(first.text)).toBe(401);
    const made = token('create', 'made', '--scope', 'read').stdout.trim();
    expect(await statusOf(made)).toBe(200);
  });

  test('that is not usable at start prevents it, and the error names every mistake', () => {
    writeFileSync(path(), '- { name: a, scope: read }\n- { name: b, sha256: x, scope: read }\n');
    const { exitCode, said } = ServerProcess.refusal(database(), { env: env() });
    expect(exitCode).toBe(2);
    expect(said).toMatch(/tokens\.yaml: token 1: sha256 .*\n.*tokens\.yaml: token 2: sha256 /);
  });
});

test('if others can reach it, a server without tokens does not start, and says what to do', () => {
  const { exitCode, said } = ServerProcess.refusal(database(), { env: { HOST: '0.0.0.0' } });
  expect(exitCode).toBe(2);
  for (const words of [
    'HOST=0.0.0.0',
    'token create',
    'GITOPS_STATUS_TOKENS_FILE',
    'GITOPS_STATUS_ANONYMOUS=read',
    'HOST=127.0.0.1',
  ]) {
    expect(said).toContain(words);
  }
});
