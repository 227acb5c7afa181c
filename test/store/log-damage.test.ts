import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { checkIntegrity } from '../../src/store/sqlite/integrity-check.ts';

const FRAME = 4096 + 24;
const LOG_HEADER = 32;
const TRANSACTIONS = 10;
const folder = mkdtempSync(join(tmpdir(), 'gitops-status-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Killed {
  readonly path: string;
  /** The frames of the log that end a transaction. */
  readonly commits: readonly number[];
  readonly frames: number;
}

let copies = 0;

/** As SIGKILL leaves it: the log and its index are of one moment. The log begins again, over an older one. */
function killed({ withIndex = false } = {}): Killed {
  const origin = join(folder, `origin-${copies++}.db`);
  const path = join(folder, `killed-${copies}.db`);
  const client = new Sqlite(origin);
  client.pragma('auto_vacuum = INCREMENTAL');
  client.pragma('journal_mode = WAL');
  client.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)');
  const insert = client.prepare('INSERT INTO t (b) VALUES (?)');
  const write = () => client.transaction(() => insert.run('x'.repeat(5000)))();
  for (let i = 0; i < 4 * TRANSACTIONS; i++) write();
  client.pragma('wal_checkpoint(FULL)');
  for (let i = 0; i < TRANSACTIONS; i++) write();
  for (const suffix of ['', '-wal', ...(withIndex ? ['-shm'] : [])])
    copyFileSync(`${origin}${suffix}`, `${path}${suffix}`);
  client.close();
  return { path, ...framesOf(`${path}-wal`) };
}

function framesOf(log: string): Pick<Killed, 'commits' | 'frames'> {
  const bytes = readFileSync(log);
  const commits: number[] = [];
  let frames = 0;
  for (let at = LOG_HEADER; at + FRAME <= bytes.length; at += FRAME) {
    if (!bytes.subarray(at + 8, at + 16).equals(bytes.subarray(16, 24))) break;
    if (bytes.readUInt32BE(at + 4) !== 0) commits.push(frames);
    frames++;
  }
  return { commits, frames };
}

function overwrite(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

const frameAt = (frame: number) => LOG_HEADER + frame * FRAME;

/** The number of rows that SQLite finds; it does not mention missing ones. */
function rowsFound(path: string): number {
  const client = new Sqlite(path);
  const found = Number(client.prepare('SELECT count(*) FROM t').pluck().get());
  client.close();
  return found;
}

test('the log that these tests damage has several transactions of several frames, over the rest of an older log', () => {
  const { path, commits, frames } = killed();
  expect(commits).toHaveLength(TRANSACTIONS);
  expect(frames).toBeGreaterThan(2 * TRANSACTIONS);
  expect(readFileSync(`${path}-wal`).length).toBeGreaterThan(frameAt(frames) + FRAME);
  expect(checkIntegrity(path)).toBe(undefined);
  expect(rowsFound(path)).toBe(5 * TRANSACTIONS);
});

describe('a damaged frame with later commits is found: SQLite would ignore everything after it', () => {
  const third = ({ commits }: Killed) => (commits[2] ?? 0) + 1;
  const damages: [what: string, damage: (log: string, killed: Killed) => void][] = [
    ['one bit of its page', (log, all) => overwrite(log, frameAt(third(all)) + 1000, Buffer.from([0xff, 1]))],
    ['all of its page', (log, all) => overwrite(log, frameAt(third(all)) + 24, Buffer.alloc(4096))],
    ['its header', (log, all) => overwrite(log, frameAt(third(all)), Buffer.alloc(24))],
    ['its checksum', (log, all) => overwrite(log, frameAt(third(all)) + 16, Buffer.alloc(8, 0x5a))],
    ['all of it', (log, all) => overwrite(log, frameAt(third(all)), Buffer.alloc(FRAME, 0xa5))],
    ['several of them', (log, all) => overwrite(log, frameAt(third(all)), Buffer.alloc(5 * FRAME))],
    ['the first one', (log) => overwrite(log, frameAt(0) + 500, Buffer.alloc(100, 1))],
    [
      'the commit of a transaction',
      (log, all) => overwrite(log, frameAt(all.commits[4] ?? 0), Buffer.alloc(FRAME)),
    ],
    [
      'the commit of the last but one',
      (log, all) => overwrite(log, frameAt(all.commits.at(-2) ?? 0) + 99, Buffer.alloc(9, 7)),
    ],
    [
      'one in the last transaction, whose commit is whole',
      (log, all) => overwrite(log, frameAt(all.frames - 2) + 99, Buffer.alloc(9, 7)),
    ],
  ];

  test.each(damages)('%s', (_, damage) => {
    const all = killed();
    damage(`${all.path}-wal`, all);
    const copy = join(folder, `copy-${copies++}.db`);
    for (const suffix of ['', '-wal']) copyFileSync(`${all.path}${suffix}`, `${copy}${suffix}`);
    expect(rowsFound(copy)).toBeLessThan(5 * TRANSACTIONS);
    expect(checkIntegrity(all.path)).toMatch(
      /has a damaged log, .*-wal: what was recorded from its frame \d+ on/,
    );
  });
});

describe('a last transaction that was cut short is no damage: it was never acknowledged', () => {
  const cuts: [what: string, cut: (log: string, killed: Killed) => void][] = [
    ['before its commit', (log, { frames }) => truncateSync(log, frameAt(frames - 1))],
    ['within its commit', (log, { frames }) => truncateSync(log, frameAt(frames) - 1)],
    ['within the header of its commit', (log, { frames }) => truncateSync(log, frameAt(frames - 1) + 10)],
    [
      'within its first frame',
      (log, { commits }) => truncateSync(log, frameAt((commits.at(-2) ?? 0) + 1) + 2000),
    ],
    [
      'with a commit that never arrived',
      (log, { frames }) => overwrite(log, frameAt(frames - 1), Buffer.alloc(FRAME)),
    ],
    [
      'with a commit that arrived in part',
      (log, { frames }) => overwrite(log, frameAt(frames - 1) + 512, Buffer.alloc(FRAME - 512)),
    ],
    [
      'with nothing of it but its first frame',
      (log, { commits, frames }) => {
        const first = (commits.at(-2) ?? 0) + 2;
        overwrite(log, frameAt(first), Buffer.alloc((frames - first) * FRAME));
      },
    ],
    ['so that there is no log but its header', (log) => truncateSync(log, LOG_HEADER)],
  ];

  test.each(cuts)('%s', (_, cut) => {
    const all = killed();
    cut(`${all.path}-wal`, all);
    expect(checkIntegrity(all.path)).toBe(undefined);
  });
});

describe('the index beside the log', () => {
  test('shows that a log was cut off between two transactions', () => {
    const { path, commits } = killed({ withIndex: true });
    expect(checkIntegrity(path)).toBe(undefined);
    truncateSync(`${path}-wal`, frameAt((commits[5] ?? 0) + 1));
    expect(checkIntegrity(path)).toMatch(/has a damaged log, .*: only \d+ of its \d+ frames can be read/);
  });

  test('shows that a commit after a break was refused: its flush had failed, and another replaced it', () => {
    const { path, frames } = killed({ withIndex: true });
    const log = readFileSync(`${path}-wal`);
    // The rest after the last commit looks like a longer earlier transaction.
    const refused = Buffer.from(log.subarray(frameAt(frames - 3), frameAt(frames)));
    overwrite(`${path}-wal`, frameAt(frames), refused);
    expect(checkIntegrity(path)).toBe(undefined);
  });

  test.each([
    ['removed', (log: string) => rmSync(log)],
    ['emptied', (log: string) => truncateSync(log, 0)],
    ['cut off after its header', (log: string) => truncateSync(log, LOG_HEADER)],
  ])('shows that a log was %s', (_, damage) => {
    const { path } = killed({ withIndex: true });
    damage(`${path}-wal`);
    expect(checkIntegrity(path)).toMatch(/has lost its log/);
  });

  test('is ignored if the machine was restarted since, or if it is noise: SQLite rebuilds it', () => {
    const { path, commits } = killed({ withIndex: true });
    truncateSync(`${path}-wal`, frameAt((commits[5] ?? 0) + 1));
    utimesSync(`${path}-shm`, 1, 1);
    expect(checkIntegrity(path)).toBe(undefined);
    writeFileSync(`${path}-shm`, Buffer.alloc(32_768, 0xa5));
    expect(checkIntegrity(path)).toBe(undefined);
    expect(rowsFound(path)).toBe(4 * TRANSACTIONS + 6);
  });

  test('says nothing about a log whose content is in the file', () => {
    const { path } = killed({ withIndex: true });
    const index = readFileSync(`${path}-shm`);
    index.copy(index, 96, 16, 20);
    writeFileSync(`${path}-shm`, index);
    rmSync(`${path}-wal`);
    expect(checkIntegrity(path)).toBe(undefined);
  });
});

describe('a header that contradicts itself or the log is found', () => {
  function closed(): string {
    const { path } = killed();
    rowsFound(path);
    expect(checkIntegrity(path)).toBe(undefined);
    return path;
  }

  test.each([
    ['the version that its size is valid for', 92],
    ['the encoding', 56],
    ['the format of the schema', 44],
    ['what is reserved', 80],
  ])('%s', (_, at) => {
    const path = closed();
    overwrite(path, at, Buffer.from([0, 0, 0, 2]));
    expect(checkIntegrity(path)).toBe('has a damaged header');
  });

  test('another page size in the log', () => {
    const { path } = killed();
    overwrite(path, 16, Buffer.from([0x20, 0]));
    expect(checkIntegrity(path)).toBe('has a damaged header');
  });

  test('fewer pages than the header says, whether the log or the header is wrong', () => {
    const { path } = killed();
    truncateSync(path, 3 * 4096);
    expect(checkIntegrity(path)).toBe('is cut off');
    const whole = closed();
    truncateSync(whole, 3 * 4096);
    expect(checkIntegrity(whole)).toBe('is cut off');
  });
});

test('nothing is found while another process opens and closes the database again and again', async () => {
  const path = join(folder, 'busy.db');
  const program = `const Sqlite = require('better-sqlite3');
    for (let i = 0; i < 300; i++) {
      const client = new Sqlite(process.argv[1]);
      client.pragma('journal_mode = WAL');
      client.exec('CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (zeroblob(5000)); INSERT INTO t VALUES (1)');
      client.close();
    }`;
  const other = spawn(process.execPath, ['-e', program, path], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(other, 'exit');
  const found = new Set<string | undefined>();
  while (other.exitCode === null) {
    for (let looks = 0; looks < 50; looks++) found.add(checkIntegrity(path));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await ended).toEqual([0, null]);
  expect(found).toEqual(new Set([undefined]));
});
