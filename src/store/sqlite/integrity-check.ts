import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';

// The formats of both files: https://www.sqlite.org/fileformat2.html
const MAGIC = 'SQLite format 3\0';
const FILE_HEADER_BYTES = 100;
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const LOG_MAGICS: readonly number[] = [0x377f0682, 0x377f0683];

/**
 * Finds damage that SQLite does not report: it discards a log (`-wal`) that does not match its database, and with it
 * everything since the last checkpoint, and it extends a truncated file. Undefined where there is none. Reads a few
 * bytes and writes nothing.
 */
export function checkIntegrity(name: string): string | undefined {
  // SQLite stores the log beside the file itself, not beside a link to it.
  const path = existsSync(name) ? realpathSync(name) : name;
  const logPath = `${path}-wal`;
  // Without a log SQLite itself refuses a truncated file, and one that is no database.
  if (sizeOf(logPath) <= LOG_HEADER_BYTES) return undefined;
  const size = sizeOf(path);
  if (size === 0) return `is empty or missing, but its log ${logPath} is not`;
  const [file, log] = [readStart(path, FILE_HEADER_BYTES), readStart(logPath, LOG_HEADER_BYTES)];
  if (file.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'does not begin as a database does';
  if (!isSoundLogHeader(log)) return `has a damaged log, ${logPath}`;
  const pageSize = file.readUInt16BE(16) === 1 ? 65_536 : file.readUInt16BE(16);
  const [first, last] = [Math.floor(size / pageSize) + 1, file.readUInt32BE(28)];
  // A crash during a checkpoint leaves the file too short, but then the log has the missing pages.
  return first <= last && !hasPages(logPath, { header: log, pageSize, first, last })
    ? 'is cut off'
    : undefined;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function readStart(path: string, bytes: number): Buffer {
  const start = Buffer.alloc(bytes);
  withFile(path, (file) => readSync(file, start, 0, bytes, 0));
  return start;
}

function withFile(path: string, work: (file: number) => void): void {
  const file = openSync(path, 'r');
  try {
    work(file);
  } finally {
    closeSync(file);
  }
}

/** Whether the checksum of the header is right. The header is on disk before anything after it. */
function isSoundLogHeader(header: Buffer): boolean {
  const magic = header.readUInt32BE(0);
  if (!LOG_MAGICS.includes(magic)) return false;
  const word = (at: number) => (magic % 2 === 1 ? header.readUInt32BE(at) : header.readUInt32LE(at));
  let [a, b] = [0, 0];
  for (let at = 0; at < 24; at += 8) {
    a = (a + word(at) + b) >>> 0;
    b = (b + word(at + 4) + a) >>> 0;
  }
  return a === header.readUInt32BE(24) && b === header.readUInt32BE(28);
}

/** Whether the log has all pages from `first` to `last`. Frames with another salt are from an older log. */
function hasPages(
  path: string,
  { header, pageSize, first, last }: { header: Buffer; pageSize: number; first: number; last: number },
): boolean {
  const missing = new Set(Array.from({ length: last - first + 1 }, (_, i) => first + i));
  const frame = Buffer.alloc(FRAME_HEADER_BYTES);
  withFile(path, (log) => {
    for (let at = LOG_HEADER_BYTES; readSync(log, frame, 0, frame.length, at) === frame.length; ) {
      if (frame.subarray(8, 16).equals(header.subarray(16, 24))) missing.delete(frame.readUInt32BE(0));
      at += FRAME_HEADER_BYTES + pageSize;
    }
  });
  return missing.size === 0;
}
