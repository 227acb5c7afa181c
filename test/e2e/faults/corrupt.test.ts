import { createHash } from 'node:crypto';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../../src/database.ts';
import { someOf } from '../../full-length.ts';
import { ServerProcess } from '../server-process.ts';
import { withFolder } from './folder.ts';
import { expectExactlyOnce } from './kept.ts';
import { Load } from './load.ts';
import { until } from './until.ts';

const PAGE = 4096;

/** A database that was stopped in order, and one that was killed: its last changes are in a log. */
let originals: string;
let load: Load;
beforeAll(async () => {
  originals = mkdtempSync(join(tmpdir(), 'gitops-status-corrupt-'));
  const path = join(originals, 'killed', 'status.db');
  const first = await ServerProcess.start(path);
  load = new Load(first, { repo: 'fleet' });
  for (let i = 0; i < 200; i++) await load.send();
  await first.stop();
  cpSync(join(originals, 'killed'), join(originals, 'stopped'), { recursive: true });
  const second = await ServerProcess.start(path);
  const more = new Load(second, { repo: 'more' });
  for (let i = 0; i < 20; i++) await more.send();
  await second.stop('SIGKILL');
});
afterAll(() => rmSync(originals, { recursive: true }));

const size = (path: string) => statSync(path).size;

function overwrite(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

function hashes(folder: string): string[] {
  return readdirSync(folder)
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    )
    .sort();
}

describe('a damaged database is not opened, but named, with what to do, and not changed', () => {
  const damages: [original: 'stopped' | 'killed', what: string, damage: (path: string) => void][] = [
    ['stopped', 'a text file', (path) => writeFileSync(path, 'Dear diary, '.repeat(1000))],
    ['stopped', 'without its first bytes', (path) => overwrite(path, 0, Buffer.alloc(16))],
    ['stopped', 'with noise in its header', (path) => overwrite(path, 16, Buffer.alloc(80, 0xff))],
    ['stopped', 'cut in half', (path) => truncateSync(path, size(path) / 2)],
    ['stopped', 'cut off after one page', (path) => truncateSync(path, PAGE)],
    ['stopped', 'cut off within its header', (path) => truncateSync(path, 60)],
    ['stopped', 'with noise in its list of tables', (path) => overwrite(path, 100, Buffer.alloc(300, 0xff))],
    ['killed', 'a text file', (path) => writeFileSync(path, 'Dear diary, '.repeat(1000))],
    ['killed', 'without its first bytes', (path) => overwrite(path, 0, Buffer.alloc(16))],
    ['killed', 'cut in half', (path) => truncateSync(path, size(path) / 2)],
    ['killed', 'cut off after one page', (path) => truncateSync(path, PAGE)],
    ['killed', 'emptied, but with a log', (path) => truncateSync(path, 0)],
    ['killed', 'gone, but with a log', (path) => rmSync(path)],
    [
      'killed',
      'with noise in the header of its log',
      (path) => overwrite(`${path}-wal`, 16, Buffer.alloc(4)),
    ],
    [
      'killed',
      'with another file for a log',
      (path) => writeFileSync(`${path}-wal`, 'Dear diary, '.repeat(1000)),
    ],
  ];

  type Refuse = (path: string) => string;
  const expectRefused = (original: string, damage: (path: string) => void, refuse: Refuse) =>
    withFolder(async (folder) => {
      const path = join(folder, 'status.db');
      cpSync(join(originals, original), folder, { recursive: true });
      damage(path);
      const before = hashes(folder);
      const said = refuse(path);
      expect(said).toMatch(/nothing was changed\. Restore a backup, or move \S+ away to start afresh\./);
      expect(said.startsWith(path)).toBe(true);
      expect(hashes(folder)).toEqual(before);
    });

  test.each(damages)('%s, and then %s', (original, _, damage) =>
    expectRefused(original, damage, (path) => {
      try {
        void openStore({ databasePath: path }, '0.0.0-test').close();
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
      throw new Error('It was opened.');
    }),
  );

  test.each(someOf(damages, 2))('by a server, which ends with 1: %s, and then %s', (original, _, damage) =>
    expectRefused(original, damage, (path) => {
      const { exitCode, said } = ServerProcess.refusal(path);
      expect(exitCode).toBe(1);
      return said;
    }),
  );
});

test('an undamaged database that was killed is opened, at any stage of a checkpoint', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    cpSync(join(originals, 'killed'), folder, { recursive: true });
    checkpointHalfway(path);
    const server = await ServerProcess.start(path);
    await expectExactlyOnce(server, 'fleet', load);
    expect(await server.stop()).toBe(0);
  }));

/** Page 1, which has the number of pages, is written to the file first. The crash comes before the others. */
function checkpointHalfway(path: string): void {
  const scratch = `${path}-copy`;
  mkdirSync(scratch);
  const copy = join(scratch, 'status.db');
  for (const suffix of ['', '-wal']) cpSync(`${path}${suffix}`, `${copy}${suffix}`);
  const file = new Sqlite(copy);
  file.pragma('wal_checkpoint(TRUNCATE)');
  file.close();
  expect(size(copy)).toBeGreaterThan(size(path));
  overwrite(path, 0, readFileSync(copy).subarray(0, PAGE));
  rmSync(scratch, { recursive: true });
}

test('damage found while it serves is an error for the reader, named in the log, and never an answer', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    cpSync(join(originals, 'stopped'), folder, { recursive: true });
    overwriteTable(path, 'report');
    const server = await ServerProcess.start(path);
    try {
      const answer = await fetch(`${server.url}/api/v1/reports?limit=5000`);
      expect(answer.status).toBe(500);
      expect(await answer.json()).toMatchObject({ type: 'urn:gitops-status-server:problem:internal' });
      const logged = () => server.log.split('\n').find((line) => line.includes('request failed'));
      // The answer and the log arrive separately.
      await until('nothing was logged', () => logged() !== undefined);
      expect(JSON.parse(logged() ?? '{}')).toMatchObject({
        level: 50,
        err: { message: expect.stringContaining(`${path} is damaged: restore a backup.`) },
      });
      // Answers that do not need those pages continue.
      expect(await server.json('/api/v1/timeline?from=2000-01-01T00:00:00Z')).not.toEqual([]);
    } finally {
      await server.stop();
    }
  }));

/** Noise over every page of a table except its root. */
function overwriteTable(path: string, table: string): void {
  const file = new Sqlite(path, { readonly: true });
  const pages = file.prepare(`SELECT pageno FROM dbstat WHERE name = ? AND path <> '/'`).pluck().all(table);
  file.close();
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  expect(pages.length).toBeGreaterThan(0);
  for (const page of pages) overwrite(path, (Number(page) - 1) * PAGE, Buffer.alloc(PAGE, 0xa5));
}
