import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDamage } from '../../../src/store/sqlite/damage.ts';
import { someOf } from '../../full-length.ts';
import { ServerProcess } from '../server-process.ts';
import { isReady, postReport } from './answers.ts';
import { withFolder } from './folder.ts';
import { Load } from './load.ts';
import { until } from './until.ts';

const PAGE = 4096;

/** A database that was stopped in order. */
let original: string;
beforeAll(async () => {
  original = mkdtempSync(join(tmpdir(), 'gitops-status-damage-'));
  const server = await ServerProcess.start(join(original, 'status.db'));
  const load = new Load(server, { repo: 'fleet' });
  for (let i = 0; i < 300; i++) await load.send();
  // Findings that do not fit on their pages.
  for (const name of ['wide', 'wider']) {
    const files = Array.from({ length: 400 }, (_, i) => ({ name: `${name}-${String(i).padStart(20, '0')}` }));
    expect((await postReport(server, { server: name, sync_status: 'OUT_OF_SYNC', files })).status).toBe(201);
  }
  await server.stop();
  expect(findDamage(join(original, 'status.db'))).toEqual([]);
});
afterAll(() => rmSync(original, { recursive: true }));

function overwrite(path: string, page: number, bytes: Buffer, at = 0): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, (page - 1) * PAGE + at);
  closeSync(file);
}

function pageOf(path: string, page: number): Buffer {
  return readFileSync(path).subarray((page - 1) * PAGE, page * PAGE);
}

/** The pages of a table or an index: of one kind, without the root if there are others. */
function pagesOf(path: string, name: string, kind: 'leaf' | 'internal' | 'overflow' = 'leaf'): number[] {
  const file = new Sqlite(path, { readonly: true });
  const pages = file
    .prepare<[string, string], number>('SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ?')
    .pluck()
    .all(name, kind);
  file.close();
  // A connection that only reads leaves its log and index.
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  expect(pages.length).toBeGreaterThan(0);
  return pages;
}

function middlePage(path: string, name: string, kind: 'leaf' | 'internal' | 'overflow' = 'leaf'): number {
  const pages = pagesOf(path, name, kind);
  return pages[Math.floor(pages.length / 2)] ?? 0;
}

function rewrite(path: string, sql: string): void {
  const file = new Sqlite(path);
  file.pragma('foreign_keys = OFF');
  file.unsafeMode();
  file.pragma('writable_schema = ON');
  file.exec(sql);
  file.close();
}

const NOISE = Buffer.alloc(PAGE, 0xa5);

describe('damage that SQLite does not report is found', () => {
  const damages: [what: string, damage: (path: string) => void][] = [
    [
      'a page of a table is zeroed',
      (path) => overwrite(path, middlePage(path, 'report'), Buffer.alloc(PAGE)),
    ],
    ['a page of a table is noise', (path) => overwrite(path, middlePage(path, 'report'), NOISE)],
    [
      'a page of the event log is zeroed',
      (path) => overwrite(path, middlePage(path, 'event'), Buffer.alloc(PAGE)),
    ],
    [
      'a page of a table is another page of it',
      (path) => {
        const [first = 0, second = 0] = pagesOf(path, 'report');
        overwrite(path, first, pageOf(path, second));
      },
    ],
    [
      'the status of every target is noise',
      (path) => overwrite(path, middlePage(path, 'target_status'), NOISE),
    ],
    [
      'a page of an index is empty',
      // A leaf of an index without any entry, as SQLite itself writes one.
      (path) =>
        overwrite(path, middlePage(path, 'incident_opened'), Buffer.from([10, 0, 0, 0, 0, 0x10, 0, 0])),
    ],
    [
      'a page of an index is zeroed',
      (path) => overwrite(path, middlePage(path, 'source_digest'), Buffer.alloc(PAGE)),
    ],
    [
      'the list of free pages is not what the header says',
      (path) => {
        rewrite(path, 'DELETE FROM event WHERE seq % 2 = 0 OR seq < 200; DELETE FROM report');
        overwrite(path, 1, Buffer.from([0, 0, 0, 1]), 36);
      },
    ],
    [
      'two pages of overflow have changed places',
      (path) => {
        const pages = pagesOf(path, 'finding', 'overflow');
        const [first = 0, last = 0] = [pages[0], pages.at(-1)];
        const [a, b] = [pageOf(path, first), pageOf(path, last)];
        // Each continues with the other's pages: every chain has its length.
        overwrite(path, first, Buffer.concat([a.subarray(0, 4), b.subarray(4)]));
        overwrite(path, last, Buffer.concat([b.subarray(0, 4), a.subarray(4)]));
      },
    ],
    [
      'a name within a finding is another one',
      (path) => {
        const bytes = readFileSync(path);
        const at = bytes.indexOf('wider-00000000000000000017');
        expect(at).toBeGreaterThan(0);
        overwrite(path, 1, Buffer.from('wyder'), at);
      },
    ],
    ['numbers that were given out would come again', (path) => rewrite(path, 'DELETE FROM sqlite_sequence')],
    [
      'reports without the finding that they name',
      (path) => rewrite(path, 'DELETE FROM finding WHERE id = (SELECT max(finding_id) FROM report)'),
    ],
    [
      'reports without their source',
      (path) => rewrite(path, 'DELETE FROM source WHERE id = (SELECT max(source_id) FROM report)'),
    ],
    ['reports of no target', (path) => rewrite(path, `DELETE FROM target WHERE server = 's3'`)],
    ['text that is no JSON', (path) => rewrite(path, `UPDATE incident SET files = '["cut o' WHERE id = 1`)],
    ['a target without its status', (path) => rewrite(path, 'DELETE FROM target_status WHERE target_id = 2')],
    [
      'fewer reports than were counted',
      (path) =>
        rewrite(
          path,
          'DELETE FROM report WHERE target_id = 3 AND checked_at = (SELECT min(checked_at) + 1000 FROM report WHERE target_id = 3) OR (target_id = 3 AND checked_at IN (SELECT checked_at FROM report WHERE target_id = 3 ORDER BY checked_at LIMIT 2 OFFSET 20))',
        ),
    ],
    [
      'a status that is older than the newest report',
      (path) =>
        rewrite(
          path,
          'UPDATE target_status SET checked_at = started_at, received_at = start_received_at WHERE target_id = 4',
        ),
    ],
    [
      'an open incident that is nowhere',
      (path) => rewrite(path, `DELETE FROM incident WHERE resolved_at IS NULL`),
    ],
    ['a gap in the event log', (path) => rewrite(path, 'DELETE FROM event WHERE seq BETWEEN 20 AND 30')],
    [
      'a period whose reports are not there',
      (path) => rewrite(path, 'UPDATE period SET started_at = started_at + 1 WHERE target_id = 1'),
    ],
  ];

  test.each(damages)('%s', (_, damage) =>
    withFolder(async (folder) => {
      const path = join(folder, 'status.db');
      cpSync(original, folder, { recursive: true });
      damage(path);
      expect(findDamage(path)).not.toEqual([]);
    }),
  );

  const served = damages.filter(([what]) => /of a table is zeroed|status of every|no JSON/.test(what));
  test.each(someOf(served, 1))(
    'by a server that was ready before, and all its answers say so: %s',
    (_, damage) =>
      withFolder(async (folder) => {
        const path = join(folder, 'status.db');
        cpSync(original, folder, { recursive: true });
        damage(path);
        const server = await ServerProcess.start(path);
        try {
          await until('it is ready for ever', async () => !(await isReady(server)));
          await expectToldDamaged(server);
        } finally {
          await server.stop();
        }
      }),
  );
});

async function expectToldDamaged(server: ServerProcess): Promise<void> {
  const readiness = await fetch(`${server.url}/readyz`);
  expect(readiness.status).toBe(503);
  expect(await readiness.json()).toMatchObject({
    type: 'urn:gitops-status-server:problem:unsound',
    detail: expect.stringMatching(/The database is damaged: .* Restore a backup/),
  });
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('gitops_status_server_database_damaged 1\n');
  // A page that cannot be shown says so too.
  const page = await fetch(server.url, { headers: { Accept: 'text/html' } });
  expect(await page.text()).toMatch(/role="alert">\s*The database is damaged/);
  const line = server.log.split('\n').find((one) => one.includes('"problems"'));
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    level: 50,
    problems: expect.arrayContaining([expect.any(String)]),
  });
}

test('a sound database is found sound, by a process that ends after that', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    cpSync(original, folder, { recursive: true });
    const server = await ServerProcess.start(path);
    try {
      await until('it was not checked', () => server.log.includes('the database is sound'));
      await until('it has not ended', () => childrenOf(server.pid).length === 0);
      expect(await isReady(server)).toBe(true);
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toContain('gitops_status_server_database_damaged 0\n');
      expect(metrics).toMatch(/integrity_check_last_success_timestamp_seconds 1\.\d+e\+?9|_seconds 1\d{9}/);
      const page = await fetch(server.url, { headers: { Accept: 'text/html' } });
      expect(await page.text()).not.toContain('role="alert"');
    } finally {
      await server.stop();
    }
  }));

test('the checking process ends with a killed server', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    cpSync(original, folder, { recursive: true });
    const server = await ServerProcess.start(path);
    const children = () => childrenOf(server.pid);
    let seen: string[] = [];
    await until(
      'it was not checked',
      () => {
        seen = children();
        return seen.length > 0;
      },
      { everyMs: 1 },
    );
    await server.stop('SIGKILL');
    await until('it goes on', () => seen.every((pid) => !existsSync(`/proc/${pid}`)));
  }));

function childrenOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ');
}
