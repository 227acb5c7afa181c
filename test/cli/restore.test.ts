import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { backUp, openStore, restore } from '../../src/database.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { ALL_TIME, storedHistory } from '../store/harness.ts';
import { LATER, scratch, VERSION, withStoreAt } from './scratch-database.ts';

const AGAIN = { version: VERSION, now: NOON };
const FILES = Array.from({ length: 1000 }, (_, i) => `file-${i}`);
const PAGE_BYTES = 4096;
const ASIDE = 'status.db.replaced-2026-04-21T12-00-00.000Z';

describe('restoring', () => {
  let place: ReturnType<typeof scratch>;
  let file: string;
  let backedUp: unknown;

  /** A database, a backup of it, and what was recorded after the backup. */
  beforeEach(async () => {
    place = scratch();
    file = place.at('backup.db');
    const { databasePath } = place;
    await withStoreAt(databasePath, async (store) => {
      await recordAll(store, [
        aReport(),
        aReport({ server: 'other', syncStatus: 'OUT_OF_SYNC', files: FILES }),
      ]);
      backedUp = await storedHistory(store);
      await backUp({ databasePath }, { file, version: VERSION });
      await recordAll(store, [
        aReport({ lastCheckAt: NOON + MINUTE, syncStatus: 'OUT_OF_SYNC', files: ['a'] }),
      ]);
    });
  });

  const historyOf = (databasePath: string) => withStoreAt(databasePath, storedHistory);

  /** What a killed server leaves: changes that are only in the log. */
  function leaveLog(): void {
    const { databasePath } = place;
    const client = new Sqlite(databasePath);
    client.pragma('journal_mode = WAL');
    client.exec(`UPDATE target SET repo = 'from-the-log'`);
    for (const suffix of ['', '-wal']) copyFileSync(`${databasePath}${suffix}`, place.at(`saved${suffix}`));
    client.close();
    for (const suffix of ['', '-wal']) copyFileSync(place.at(`saved${suffix}`), `${databasePath}${suffix}`);
    for (const suffix of ['', '-wal']) rmSync(place.at(`saved${suffix}`));
  }

  test('brings back what was recorded before the backup, and keeps the replaced database', async () => {
    const before = await historyOf(place.databasePath);
    const restored = restore(place, { file, ...AGAIN });
    expect(restored).toMatchObject({ reports: 2, aside: place.at(ASIDE) });
    expect(await historyOf(place.databasePath)).toEqual(backedUp);
    expect(await historyOf(place.at(ASIDE))).toEqual(before);
    expect(before).not.toEqual(backedUp);
  });

  test('reuses no number of an event or an incident from after the backup', async () => {
    const { databasePath } = place;
    const numbers = (path: string) =>
      withStoreAt(path, async (store) => ({
        events: (await store.eventsAfter(0, { limit: 100 })).events.map(({ seq }) => seq),
        incidents: (await store.incidents({}, ALL_TIME)).map(({ id }) => id),
      }));
    const lost = await numbers(databasePath);
    restore(place, { file, ...AGAIN });
    const restored = await numbers(databasePath);
    expect(await withStoreAt(databasePath, (store) => store.eventBounds())).toEqual({
      from: 1,
      last: Math.max(...restored.events),
    });
    await withStoreAt(databasePath, (store) =>
      recordAll(store, [aReport({ server: 'third', syncStatus: 'OUT_OF_SYNC', files: ['a'] })]),
    );
    const since = await numbers(databasePath);
    expect(since.events.find((seq) => !restored.events.includes(seq))).toBe(
      Math.max(...restored.events) + 1_000_001,
    );
    const added = since.incidents.filter((id) => !restored.incidents.includes(id));
    expect(added).toEqual([Math.max(...restored.incidents) + 1_000_001]);
    expect(Math.max(...lost.events)).toBeGreaterThan(Math.max(...restored.events));
  });

  test('skips numbers even if the backup had given none out', async () => {
    const empty = place.at('empty/status.db');
    await withStoreAt(empty, async () => undefined);
    const from = place.at('empty-backup.db');
    await backUp({ databasePath: empty }, { file: from, version: VERSION });
    restore(place, { file: from, ...AGAIN });
    await withStoreAt(place.databasePath, async (store) => {
      expect(await store.eventBounds()).toEqual({ from: 1_000_001, last: 1_000_000 });
      await recordAll(store, [aReport({ syncStatus: 'OUT_OF_SYNC', files: ['a'] })]);
      expect(await store.incidents({}, ALL_TIME)).toMatchObject([{ id: 1_000_001 }]);
      expect(await store.eventBounds()).toMatchObject({ from: 1_000_001 });
    });
  });

  test('brings back mutes and acknowledgements unchanged, and reuses no id of a later mute', async () => {
    const { databasePath } = place;
    const by = { actor: { name: 'alice', verified: true } };
    const terms = {
      matchers: { repo: ['*'] },
      reason: 'why',
      startsAt: LATER,
      endsAt: LATER + HOUR,
      untilInSync: false,
    };
    const from = place.at('with-mutes.db');
    const drift = aReport({ server: 'muted', syncStatus: 'OUT_OF_SYNC', files: ['a'] });
    const incident = await withStoreAt(databasePath, async (store) => {
      const [answer] = await recordAll(store, [drift]);
      await store.addMute(terms, by);
      await store.acknowledge(answer?.incident?.id ?? 0, 'on it', by);
      return answer?.incident?.id ?? 0;
    });
    await backUp({ databasePath }, { file: from, version: VERSION });
    await withStoreAt(databasePath, async (store) => {
      await store.endMute(1, by);
      await store.addMute(terms, by);
      await store.endAcknowledgement(incident, by);
    });
    restore(place, { file: from, ...AGAIN });
    await withStoreAt(databasePath, async (store) => {
      expect(await store.everyMute()).toMatchObject([{ id: 1, endedAt: undefined, ...terms }]);
      expect(await store.acknowledgementOf(incident)).toMatchObject({ acknowledgement: { note: 'on it' } });
      expect(await store.addMute(terms, by)).toMatchObject({ mute: { id: 1_000_002 } });
    });
  });

  test('works without a database, in a folder that does not exist', async () => {
    const databasePath = place.at('new/folder/status.db');
    expect(restore({ databasePath }, { file, ...AGAIN }).aside).toBeUndefined();
    expect(await historyOf(databasePath)).toEqual(backedUp);
    expect(readdirSync(place.at('new/folder'))).toEqual(['status.db']);
  });

  test('does not apply the log of the old database to the backup, and keeps that log', async () => {
    leaveLog();
    restore(place, { file, ...AGAIN });
    expect(existsSync(`${place.databasePath}-wal`)).toBe(false);
    expect(await historyOf(place.databasePath)).toEqual(backedUp);
    const aside = await withStoreAt(place.at(ASIDE), (store) => store.statuses({}));
    expect(aside.map(({ target }) => target.repo)).toEqual(['from-the-log', 'from-the-log']);
  });

  test('moves a log aside if its database is gone', async () => {
    leaveLog();
    rmSync(place.databasePath);
    restore(place, { file, ...AGAIN });
    expect(await historyOf(place.databasePath)).toEqual(backedUp);
    expect(existsSync(place.at(`${ASIDE}-wal`))).toBe(true);
  });

  test.each([
    ['that is no database', '', () => Buffer.from('not a database '.repeat(1000))],
    ['that was cut off', '', (file: Buffer) => file.subarray(0, 4096)],
    ['whose log is damaged, which SQLite would throw away', '-wal', (log: Buffer) => log.fill(0xee, 0, 32)],
  ])('moves aside a database %s', async (_, suffix, damage) => {
    leaveLog();
    const damaged = damage(readFileSync(`${place.databasePath}${suffix}`));
    writeFileSync(`${place.databasePath}${suffix}`, damaged);
    const log = readFileSync(`${place.databasePath}-wal`);
    restore(place, { file, ...AGAIN });
    expect(await historyOf(place.databasePath)).toEqual(backedUp);
    expect(readFileSync(place.at(`${ASIDE}${suffix}`)).equals(damaged)).toBe(true);
    expect(readFileSync(place.at(`${ASIDE}-wal`)).equals(log)).toBe(true);
  });

  test('is refused while the database is open', async () => {
    const store = openStore(place, VERSION, () => LATER);
    onTestFinished(() => store.close());
    const before = await storedHistory(store);
    expect(() => restore(place, { file, ...AGAIN })).toThrow(/status\.db is open in another process: stop /);
    await recordAll(store, [aReport({ server: 'third' })]);
    expect(await storedHistory(store)).toHaveLength(before.length + 1);
    expect(readdirSync(place.folder).filter((name) => /replaced|restoring/.test(name))).toEqual([]);
  });

  test.each([
    ['a file that does not exist', () => place.at('none.db'), /^There is no .*none\.db/],
    ['the database itself', () => place.databasePath, /is the database itself/],
    ['a folder', () => place.folder, /is not a file/],
    [
      'something else',
      () => written('notes.txt', Buffer.from('Dear diary '.repeat(100))),
      /is not a database/,
    ],
    [
      'an empty file',
      () => written('empty.db', Buffer.alloc(0)),
      /is not a database of gitops-status-server/,
    ],
    [
      'half of a backup',
      () => written('half.db', readFileSync(file).subarray(0, 8192)),
      /half\.db is damaged/,
    ],
    ['a damaged backup', () => damaged(), /bad\.db is damaged/],
    [
      'one of the form before there was an event log',
      () => firstForm(),
      /first\.db was written by an earlier form/,
    ],
    ['one of a newer version', () => newer(), /newer\.db was written by .* 9\.0\.0 \(schema 100\)/],
    ['a database with its log', () => live(), /it is incomplete without .*live\.db-wal/],
  ])('%s is refused, and the database stays', async (_, candidate, reason) => {
    const before = readFileSync(place.databasePath);
    expect(() => restore(place, { file: candidate(), ...AGAIN })).toThrow(reason);
    expect(readFileSync(place.databasePath).equals(before)).toBe(true);
    expect(readdirSync(place.folder).filter((name) => /replaced|restoring/.test(name))).toEqual([]);
  });

  function written(name: string, content: Buffer): string {
    writeFileSync(place.at(name), content);
    return place.at(name);
  }

  /** In a page within a long value, which only a check of everything reads. */
  function damaged(): string {
    const content = readFileSync(file);
    const page = Math.floor(content.indexOf('file-250') / PAGE_BYTES) * PAGE_BYTES;
    return written('bad.db', content.fill(0xee, page, page + PAGE_BYTES));
  }

  function firstForm(): string {
    const copy = written('first.db', readFileSync(file));
    const client = new Sqlite(copy);
    client.exec('DROP TABLE target_status');
    client.close();
    return copy;
  }

  function newer(): string {
    const copy = written('newer.db', readFileSync(file));
    const client = new Sqlite(copy);
    client.exec(`UPDATE meta SET value = '9.0.0' WHERE key = 'version'`);
    const add = client.prepare(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('future', 9e15)`);
    const count = Number(client.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get());
    for (let i = count; i < 100; i++) add.run();
    client.close();
    return copy;
  }

  function live(): string {
    const copy = written('live.db', readFileSync(file));
    const client = new Sqlite(copy);
    onTestFinished(() => {
      client.close();
    });
    client.pragma('journal_mode = WAL');
    client.exec(`UPDATE meta SET value = '2.0.0'`);
    return copy;
  }
});
