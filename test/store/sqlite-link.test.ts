import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backUpDatabase } from '../../src/store/sqlite/backup.ts';
import { restoreDatabase } from '../../src/store/sqlite/restore.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { aReport, NOON, recordAll } from '../fixtures.ts';

const VERSION = '1.2.3';

describe('a database behind a link', () => {
  let folder: string;
  let volume: string;
  let path: string;
  let link: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-link-'));
    volume = join(folder, 'volume');
    mkdirSync(volume);
    path = join(volume, 'status.db');
    link = join(folder, 'status.db');
    symlinkSync(path, link);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** As a crash leaves it: everything recorded is only in the log. */
  async function crashed(target: string): Promise<void> {
    const store = openSqliteStore({ path: join(folder, 'before.db'), version: VERSION, clock: () => NOON });
    await recordAll(store, [aReport()]);
    for (const suffix of ['', '-wal']) cpSync(join(folder, `before.db${suffix}`), `${target}${suffix}`);
    await store.close();
  }

  test('is refused if it does not fit its log, which stays unchanged', async () => {
    await crashed(path);
    truncateSync(path);
    const log = readFileSync(`${path}-wal`);
    expect(() => openSqliteStore({ path: link, version: VERSION, clock: () => NOON })).toThrow(
      /is empty or missing, but its log/,
    );
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
  });

  test('is no backup if its log is beside it', async () => {
    await crashed(path);
    const restore = () =>
      restoreDatabase({ path: join(folder, 'new.db'), file: link, version: VERSION, now: NOON });
    expect(restore).toThrow(/is incomplete without/);
  });

  test('is restored where it is, and the link stays', async () => {
    await crashed(path);
    const file = join(folder, 'backup.db');
    await backUpDatabase({ path: link, file, version: VERSION });
    const { aside } = restoreDatabase({ path: link, file, version: VERSION, now: NOON });
    expect(aside?.startsWith(`${path}.replaced-`)).toBe(true);
    const store = openSqliteStore({ path, version: VERSION, clock: () => NOON });
    expect(await store.statuses({})).toHaveLength(1);
    await store.close();
  });
});
