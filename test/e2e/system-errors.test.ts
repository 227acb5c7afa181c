import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { aReport, NOON, recordAll } from '../fixtures.ts';
import { someOf } from '../full-length.ts';
import { aToken } from '../http/tokens.ts';
import { runCommand } from './command.ts';
import { scratch } from './scratch.ts';
import { SHIPPED_MAIN } from './shipped-program.ts';

/** A database with a report and a token. */
async function withDatabase() {
  const { at } = scratch();
  const store = openStore({ databasePath: at('a.db') }, '0.0.0-test');
  await recordAll(store, [aReport()]);
  await store.tokens.add({ ...aToken({ name: 'a', scopes: ['read'] }).token, createdAt: NOON });
  await store.close();
  return at;
}

/** Runs a line of a shell in which `$GSS` is the program; resolves to its output and exit codes. */
function inShell(databasePath: string, line: string) {
  return spawnSync('bash', ['--norc', '-c', `${line}; echo "\${PIPESTATUS[*]}" >&2`], {
    env: {
      PATH: process.env.PATH,
      GSS: `${process.execPath} ${SHIPPED_MAIN}`,
      DATABASE_URL: `sqlite:${databasePath}`,
    },
    encoding: 'utf8',
  });
}

describe('what the system refuses is reported with its name and what to do', () => {
  test.each(
    someOf(
      [
        ['backup ./none/b.db', /none\/b\.db does not exist: check the name and its folder \(ENOENT\)\.\n$/],
        ['backup ./file/b.db', /file\/b\.db cannot exist: a part of its path is a file, .*\(ENOTDIR\)\.\n$/],
        ['restore none.db', /^There is no \S+none\.db\.\n$/],
        ['import none', /^none does not exist: check the name and its folder \(ENOENT\)\.\n$/],
        ['import .', /^\. is a folder: name a file \(EISDIR\)\.\n$/],
        [
          'serve --host 10.255.255.1 --port 0',
          /^10\.255\.255\.1\S* is not an address of this machine: .*--host or HOST/,
        ],
        [
          'serve --host nosuch.invalid',
          /^nosuch\.invalid (?:has no address|cannot be looked up now): .*--host or HOST/,
        ],
        ['serve --database .', /folder/],
        ['serve --database ./folder', /folder is a folder: name a file in it\. \(EISDIR\)\n$/],
        ['serve --database ./file/b.db', /b\.db cannot exist: a part of its path is a file/],
      ],
      4,
    ),
  )('%s', async (line, words) => {
    const at = await withDatabase();
    mkdirSync(at('folder'));
    writeFileSync(at('file'), '');
    const { stderr, stdout } = await runCommand(at('a.db'), line.split(' '), {
      cwd: dirname(at('a.db')),
      env: { GITOPS_STATUS_ANONYMOUS: 'read' },
    });
    expect(stdout).toBe('');
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n +at |no such file or directory|illegal operation/);
  });

  test.each([
    [
      { PORT_FILE: '/nowhere/port' },
      /PORT_FILE=\/nowhere\/port: \/nowhere\/port does not exist: check the name/,
    ],
    [
      { GITOPS_STATUS_TOKENS_FILE: '/tmp' },
      /GITOPS_STATUS_TOKENS_FILE=\/tmp: \/tmp is a folder: name a file/,
    ],
  ])('a file that settings name: %j', async (env, words) => {
    const { at } = scratch();
    const { exitCode, stderr } = await runCommand(at('a.db'), [], { env });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
  });

  test('a port that is in use', async () => {
    const { at } = scratch();
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { exitCode, stderr } = await runCommand(at('a.db'), ['serve', '--port', String(port)]);
    other.close();
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `127.0.0.1:${port} is taken by another process: stop that one, or choose another port with --port or PORT (EADDRINUSE).\n`,
    );
  });

  test.each(someOf(['$GSS token list', '$GSS export', '$GSS backup -', '$GSS --help'], 2))(
    '%s on a disk that is full',
    async (command) => {
      const at = await withDatabase();
      const { stderr } = inShell(at('a.db'), `${command} > /dev/full`);
      expect(stderr).toBe('the disk of standard output is full: make room, and try again (ENOSPC).\n1\n');
    },
  );
});

test.each(someOf(['$GSS token list', '$GSS backup -', '$GSS --help'], 1))(
  '%s is quiet if nobody reads its output',
  async (command) => {
    const at = await withDatabase();
    expect(inShell(at('a.db'), `${command} | true`).stderr).toBe('141 0\n');
  },
);

describe('backup -', () => {
  test('writes a checked copy to stdout that can be restored, and leaves no other file', async () => {
    const at = await withDatabase();
    const { stderr } = inShell(at('a.db'), `$GSS backup - > ${at('copy')}`);
    const { size, mode } = statSync(at('copy'));
    expect(stderr).toBe(`backup: ${size} bytes, 1 report\n0\n`);
    expect(mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(at('a.db'))).filter((name) => name.includes('partial'))).toEqual([]);
    expect(inShell(at('b.db'), `$GSS restore ${at('copy')} && $GSS token list`).stdout).toMatch(/\na +read/);
    expect(inShell(at('a.db'), `$GSS backup - | cmp - ${at('copy')}`).stderr).toMatch(/\n0 0\n$/);
  });

  test('writes nothing from a damaged database', async () => {
    const { at } = scratch();
    writeFileSync(at('a.db'), 'no database '.repeat(1000));
    const { stdout, stderr } = inShell(at('a.db'), '$GSS backup -');
    expect(stdout).toBe('');
    expect(stderr).toMatch(/a\.db is (?:not a database|damaged).*\n1\n$/s);
    expect(inShell(at('none.db'), '$GSS backup -').stderr).toMatch(/^There is no database at .*\n1\n$/);
    expect(existsSync(at('none.db'))).toBe(false);
  });

  test('refuses a terminal', async () => {
    const at = await withDatabase();
    inShell(at('a.db'), `script --quiet --return --command "$GSS backup -" ${at('typescript')} > /dev/null`);
    const said = readFileSync(at('typescript'), 'utf8');
    expect(said).toContain('A backup is not text');
    expect(said).toContain('COMMAND_EXIT_CODE="2"');
    expect(said).not.toContain('SQLite format');
  });
});
