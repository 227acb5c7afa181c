import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { type LogIndex, readLogIndex } from './log-index.ts';
import { LOG_HEADER_BYTES, type LogScan, scanLog } from './log-scan.ts';

// The format of the database: https://www.sqlite.org/fileformat2.html#the_database_header
const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
/** Other processes may open and close the database meanwhile, again and again. */
const MAX_TRIES = 100;

/**
 * Finds damage that SQLite does not report, before it opens the files. SQLite ignores a log (`-wal`) from the first
 * damaged frame on, with all later acknowledged changes, and it extends a truncated file. Undefined if there is no
 * damage. Reads the log from end to end and writes nothing. Another process may be writing meanwhile.
 */
export function checkIntegrity(name: string): string | undefined {
  // SQLite stores the log beside the file itself, not beside a link to it.
  const path = existsSync(name) ? realpathSync(name) : name;
  let found: string | undefined;
  for (let tries = 1; ; tries++) {
    const problem = whatIsWrong(path);
    if (problem === undefined || tries === MAX_TRIES) return problem;
    // The last process that closes the database removes the log and its index, perhaps between two reads. So what is
    // found must be found twice, in the same files.
    const again = `${problem}, ${identities(path)}`;
    if (again === found) return problem;
    found = again;
  }
}

/** Which files the log and its index are. */
function identities(path: string): string {
  const stats = [`${path}-wal`, `${path}-shm`].map((one) =>
    statSync(one, { bigint: true, throwIfNoEntry: false }),
  );
  return stats.map((one) => (one === undefined ? 'none' : `${one.ino} ${one.birthtimeNs}`)).join(', ');
}

function whatIsWrong(path: string): string | undefined {
  try {
    return problemIn(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return 'loses its files while they are read';
    throw error;
  }
}

function problemIn(path: string): string | undefined {
  const size = sizeOf(path);
  // Read before the log, which only grows: so the index never knows more than the log.
  const index = readLogIndex(`${path}-shm`);
  if (sizeOf(`${path}-wal`) <= LOG_HEADER_BYTES) {
    if (isLogMissing(index)) return `has lost its log, ${path}-wal, and with it what was recorded last`;
    // If a crash left a journal, SQLite restores from it what was there before.
    return size === 0 || sizeOf(`${path}-journal`) > 0 ? undefined : fileProblem(path, undefined);
  }
  if (size === 0) return `is empty or missing, but its log ${path}-wal is not`;
  const log = scanLog(`${path}-wal`);
  return logProblem(`${path}-wal`, log, index) ?? fileProblem(path, log);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What has been copied into the file is not lost with the log. */
function isLogMissing(index: LogIndex | undefined): boolean {
  return index !== undefined && index.frames > index.copied;
}

/**
 * The index decides if there is one. After a failed flush, the log may have a commit of a refused transaction beyond
 * those that replaced it.
 */
function logProblem(path: string, log: LogScan | undefined, index: LogIndex | undefined): string | undefined {
  if (log === undefined) return `has a damaged log, ${path}`;
  const isKnown = index?.salts === log.salts;
  if (isKnown && index.frames <= log.frames) return undefined;
  if (isKnown)
    return `has a damaged log, ${path}: only ${log.frames} of its ${index.frames} frames can be read`;
  // A frame that was being written when it was read is no damage: it is whole when it is read again.
  if (log.brokenAt === undefined || !isSameBreak(log, scanLog(path))) return undefined;
  return `has a damaged log, ${path}: what was recorded from its frame ${log.brokenAt + 1} on cannot be read`;
}

function isSameBreak(first: LogScan, second: LogScan | undefined): boolean {
  return second !== undefined && first.salts === second.salts && first.brokenAt === second.brokenAt;
}

/** The first page is checked as it is in the file, the size as it is with the log. */
function fileProblem(path: string, log: LogScan | undefined): string | undefined {
  const header = readStart(path, HEADER_BYTES);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'is not a database';
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  if (!isSoundHeader(header) || (log !== undefined && log.pageSize !== pageSize))
    return 'has a damaged header';
  const [first, last] = [Math.floor(sizeOf(path) / pageSize) + 1, log?.pagesAfter ?? header.readUInt32BE(28)];
  // After a crash during a checkpoint the file is too short, but then the log has the missing pages.
  for (let page = first; page <= last; page++) if (!log?.pages.has(page)) return 'is cut off';
  return undefined;
}

/**
 * The fields that have one possible value, or must agree with one another, in every database of this service. Format
 * and encoding are 0 until the first table exists.
 */
function isSoundHeader(header: Buffer): boolean {
  const isWhole = header.readUInt32BE(24) === header.readUInt32BE(92);
  const isUtf8 = ['4 1', '0 0'].includes(`${header.readUInt32BE(44)} ${header.readUInt32BE(56)}`);
  return isWhole && isUtf8 && header.subarray(72, 92).every((byte) => byte === 0);
}

function readStart(path: string, bytes: number): Buffer {
  const start = Buffer.alloc(bytes);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, bytes, 0);
    return start;
  } finally {
    closeSync(file);
  }
}
