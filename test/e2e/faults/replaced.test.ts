import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../../src/database.ts';
import { aReport, recordAll } from '../../fixtures.ts';
import { someOf } from '../../full-length.ts';
import { ServerProcess } from '../server-process.ts';
import { facts, isReady, postReport } from './answers.ts';
import { withFolder } from './folder.ts';
import { until } from './until.ts';

/** A separate database, as another server would leave it. */
async function anotherDatabase(path: string): Promise<void> {
  const other = openStore({ databasePath: path }, '0.0.0-test');
  await recordAll(other, [aReport({ server: 'from-elsewhere' })]);
  await other.close();
}

async function expectUnsound(answer: Response, words: RegExp): Promise<void> {
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    type: 'urn:gitops-status-server:problem:unsound',
    detail: expect.stringMatching(words),
  });
}

describe('a database whose files were changed under the server: nothing is acknowledged or answered any more', () => {
  const changes: [what: string, change: (path: string) => Promise<void> | void, words: RegExp][] = [
    ['deleted', (path) => rmSync(path), /The file of the database was deleted or moved away/],
    [
      'deleted with its log',
      (path) => {
        for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`);
      },
      /The file of the database was deleted/,
    ],
    [
      'replaced by another database',
      async (path) => {
        await anotherDatabase(`${path}.other`);
        renameSync(`${path}.other`, path);
      },
      /The file of the database was replaced by another one/,
    ],
    [
      'replaced by a copy of itself',
      (path) => {
        cpSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
      /The file of the database was replaced by another one/,
    ],
    [
      'moved away with its folder',
      (path) => renameSync(join(path, '..'), `${join(path, '..')}-moved`),
      /The file of the database was deleted or moved away/,
    ],
    [
      'in a folder that was moved away and made anew',
      async (path) => {
        const folder = join(path, '..');
        renameSync(folder, `${folder}-moved`);
        mkdirSync(folder);
        await anotherDatabase(path);
      },
      /The file of the database was replaced by another one/,
    ],
    ['without its log', (path) => rmSync(`${path}-wal`), /The log of the database was deleted or moved away/],
    [
      'with another file for a log',
      (path) => {
        rmSync(`${path}-wal`);
        writeFileSync(`${path}-wal`, '');
      },
      /The log of the database was replaced by another one/,
    ],
    [
      'without the index of its log',
      (path) => rmSync(`${path}-shm`),
      /The index of the log was deleted or moved away/,
    ],
  ];

  test.each(someOf(changes, 3))('%s', (_, change, words) =>
    withFolder(async (folder) => {
      const path = join(folder, 'data', 'status.db');
      const server = await ServerProcess.start(path);
      try {
        expect((await postReport(server)).status).toBe(201);
        expect(await isReady(server)).toBe(true);
        await server.json('/status.json');
        await change(path);

        // The very next one, and all others.
        for (let i = 0; i < 3; i++)
          await expectUnsound(await postReport(server, { run_url: `https://ci.example/${i}` }), words);
        await expectUnsound(await fetch(`${server.url}/readyz`), words);
        for (const question of ['/status.json', '/api/v1/reports', '/api/v1/timeline']) {
          await expectUnsound(await fetch(`${server.url}${question}`), words);
        }
        expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
        const page = await fetch(server.url, { headers: { Accept: 'text/html' } });
        expect([page.status, await page.text()]).toEqual([503, expect.stringMatching(words)]);
        const metrics = await (await fetch(`${server.url}/metrics`)).text();
        expect(metrics).toContain('gitops_status_server_database_damaged 1\n');
        const told = server.log.split('\n').filter((line) => words.test(line) && line.includes('"level":50'));
        expect(told).toHaveLength(1);
      } finally {
        await server.stop('SIGKILL');
      }
    }),
  );
});

test('a database that was moved away and is back is used again', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    const server = await ServerProcess.start(path);
    try {
      expect((await postReport(server)).status).toBe(201);
      const known = await facts(server);
      renameSync(path, `${path}.away`);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
      renameSync(`${path}.away`, path);
      await until('the file is back, but it is not ready', () => isReady(server));
      expect(await facts(server)).toEqual(known);
      expect((await postReport(server)).status).toBe(201);
    } finally {
      await server.stop();
    }
  }));
