import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { startThreads, type Threads } from '../../src/threads/threads.ts';
import { aReport, HOUR, MINUTE, NOON } from '../fixtures.ts';

const outside = { version: '1.2.3', ownMetrics: async () => 'of_the_process 1\n' };
const configFor = (path: string) =>
  parseConfig({ DATABASE_URL: `sqlite:${path}`, GITOPS_STATUS_LOG_LEVEL: 'silent' }, () => '');

describe('the threads of the server', () => {
  let folder: string;
  let threads: Threads;
  let store: Store;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-threads-'));
    threads = await startThreads(configFor(join(folder, 'status.db')), outside);
    store = threads.store;
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const ask = (path: string) => threads.elsewhere(new Request(`http://localhost${path}`));

  test('what is acknowledged by the one that writes, the one that answers knows', async () => {
    const before = await store.revision();
    const drift = aReport({ server: 'a', syncStatus: 'OUT_OF_SYNC', files: ['x'] });
    const [recorded] = await store.record([drift]);
    expect(recorded).toMatchObject({ recorded: 'new', change: 'first', incident: { openedAt: NOON } });
    expect(await store.revision()).not.toBe(before);
    const { response } = await ask('/status.json?server=a');
    expect(await response.json()).toMatchObject([{ server: 'a', sync_status: 'OUT_OF_SYNC' }]);
    expect(await store.statuses({ servers: ['a'] })).toMatchObject([{ target: { server: 'a' } }]);
  });

  test('what another process writes is another revision, and until when an answer lasts comes with it', async () => {
    const { sameUntil } = await ask('/status.json');
    expect(sameUntil).toBeGreaterThan(NOON);
    const before = await store.revision();
    expect(await store.revision()).toBe(before);
    const other = openSqliteStore({ path: join(folder, 'status.db'), version: outside.version });
    await other.record([aReport({ server: 'of-another' })]);
    await other.close();
    expect(await store.revision()).not.toBe(before);
  });

  test('where targets stand is told as it changes, and forgotten with them', async () => {
    await store.record([aReport({ server: 'b' }), aReport({ server: 'c' })]);
    const before = await store.standings();
    await store.record([aReport({ server: 'c', checkedAt: NOON + MINUTE })]);
    await store.record([aReport({ server: 'aa' })]);
    const standing = async (server: string) =>
      (await store.standings()).find(({ target }) => target.server === server);
    expect(before.find(({ target }) => target.server === 'c')).toMatchObject({ checkedAt: NOON });
    expect(await standing('c')).toMatchObject({ checkedAt: NOON + MINUTE, reports: { SYNCED: 2 } });
    expect(await standing('aa')).toMatchObject({ checkedAt: NOON });
    expect(await store.forget({ repo: 'rsyslog', server: 'aa' })).toBe(true);
    expect(await standing('aa')).toBeUndefined();
    expect(await standing('c')).toMatchObject({ checkedAt: NOON + MINUTE });
  });

  test('the status of the fleet has what was acknowledged before the question, whoever asks meanwhile', async () => {
    const servers = ['f1', 'f2', 'f3', 'f4'];
    const follow = async (server: string) => {
      for (let minute = 0; minute < 15; minute++) {
        await store.record([aReport({ server, checkedAt: NOON + minute * MINUTE })]);
        const { response } = await ask('/status.json');
        expect(await response.json()).toContainEqual(
          expect.objectContaining({ server, last_check: new Date(NOON + minute * MINUTE).toISOString() }),
        );
      }
    };
    await Promise.all(servers.map(follow));
    const now = (await store.statuses({})).filter(({ target }) => servers.includes(target.server));
    expect(now.map(({ checkedAt }) => checkedAt)).toEqual(servers.map(() => NOON + 14 * MINUTE));
    await store.forget({ repo: 'rsyslog', server: 'f2' });
    expect((await store.statuses({})).map(({ target }) => target.server)).not.toContain('f2');
  });

  test('the status of the fleet has what another process records, and what it forgets', async () => {
    await store.statuses({});
    const other = openSqliteStore({ path: join(folder, 'status.db'), version: outside.version });
    try {
      await other.record([aReport({ server: 'o1' }), aReport({ server: 'o2' })]);
      expect((await store.statuses({})).map(({ target }) => target.server)).toContain('o2');
      await other.forget({ repo: 'rsyslog', server: 'o2' });
      expect((await store.statuses({})).map(({ target }) => target.server)).not.toContain('o2');
    } finally {
      await other.close();
    }
  });

  test('a scrape joins what targets say with what the process counts about itself', async () => {
    await store.record([aReport({ server: 'm' })]);
    const { response } = await ask('/metrics');
    const text = await response.text();
    expect(text).toContain('gitops_sync_status{repo="rsyslog",server="m"}');
    expect(text).toContain('of_the_process 1\n');
  });

  test('the reason of a refusal comes along, for the status line', async () => {
    const { response, reason } = await ask('/api/v1/status?state=BROKEN');
    expect(response.status).toBe(422);
    expect(reason).toContain('state: must be one of');
  });

  test('a refusal of the one that writes is the same error here', async () => {
    const long = aReport({ server: 'p', checkedAt: NOON - 100 * HOUR });
    await store.record([
      long,
      aReport({ server: 'p', checkedAt: NOON - 10 * HOUR }),
      aReport({ server: 'p' }),
    ]);
    const horizons = { reportsBefore: NOON - HOUR, historyBefore: NOON - HOUR };
    let reports = 0;
    for await (const batch of store.prune(horizons, 10)) reports += batch.reports;
    expect(reports).toBe(1);
    const late = aReport({ server: 'p', checkedAt: NOON - 50 * HOUR });
    await expect(store.record([late])).rejects.toMatchObject({ name: 'DomainError', code: 'invalid' });
  });

  test('everything can be taken out, one report at a time', async () => {
    const filter = { servers: ['x1', 'x2'] };
    const many = Array.from({ length: 1200 }, (_, i) =>
      aReport({ server: i % 2 ? 'x1' : 'x2', checkedAt: NOON + i * MINUTE }),
    );
    await store.record(many);
    let count = 0;
    for await (const report of store.everyReport(filter)) count += report.target.server === 'x1' ? 1 : 0;
    expect(count).toBe(600);
    for await (const _ of store.everyReport(filter)) break;
    expect(
      (await store.reports(filter, { range: { from: 0, to: NOON * 2 }, limit: 5 })).reports,
    ).toHaveLength(5);
  });
});

describe('threads that cannot start', () => {
  test('say why, and leave nothing behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gitops-status-threads-'));
    const path = join(folder, 'status.db');
    writeFileSync(path, 'this is no database, but text of some length that nobody may overwrite');
    await expect(startThreads(configFor(path), outside)).rejects.toThrow(path);
    rmSync(folder, { recursive: true });
  });
});
