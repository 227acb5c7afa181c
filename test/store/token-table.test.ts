import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { newTokenText, sha256Of } from '../../src/http/auth/token-text.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { NOON } from '../fixtures.ts';
import { aStoredToken, describeTokenStore } from './token-contract.ts';

/** A test fails if something waits for the lock for as long as a write may. */
const LONGER_THAN_A_TEST_MS = 60_000;

function aFile() {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-tokens-'));
  const path = join(folder, 'status.db');
  const opened: { close(): Promise<void> | unknown }[] = [];
  onTestFinished(async () => {
    for (const one of opened) await one.close();
    rmSync(folder, { recursive: true });
  });
  const open = () => {
    const store = openSqliteStore({
      path,
      version: '0.0.0-test',
      clock: () => NOON,
      busyTimeoutMs: LONGER_THAN_A_TEST_MS,
    });
    opened.push(store);
    return store.tokens;
  };
  return { path, open, opened };
}

describeTokenStore('SQLite', async () => {
  const { open } = aFile();
  return { tokens: open(), others: open() };
});

test('storing the use of a token gives up at once while another process writes', async () => {
  const { path, open, opened } = aFile();
  const tokens = open();
  await tokens.add(aStoredToken('ci'));
  const other = new Sqlite(path);
  opened.push(other);
  other.exec('BEGIN IMMEDIATE');
  expect(await tokens.markUsed(aStoredToken('ci').sha256, NOON)).toBe(false);
  other.exec('ROLLBACK');
  expect(await tokens.markUsed(aStoredToken('ci').sha256, NOON)).toBe(true);
});

test('only the SHA-256 of a token is in the database', async () => {
  const { path, open } = aFile();
  const text = newTokenText();
  await open().add(aStoredToken('ci', sha256Of(text)));
  const bytes = [path, `${path}-wal`].map((file) => readFileSync(file, 'latin1')).join('');
  expect(bytes).toContain(Buffer.from(sha256Of(text), 'hex').toString('latin1'));
  expect(bytes).not.toContain(text);
});
