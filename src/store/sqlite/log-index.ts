import { readFileSync, statSync } from 'node:fs';
import { endianness, uptime } from 'node:os';
import { checksum } from './log-scan.ts';

// The format of the index (`-shm`): https://www.sqlite.org/walformat.html#the_wal_index_file_format
const HEADER_BYTES = 48;
const CHECKSUM_AT = 40;
const COPIED_AT = 2 * HEADER_BYTES;
const IS_LITTLE = endianness() === 'LE';

/** What the index of a log says about the log. */
export interface LogIndex {
  /** As in `LogScan`. */
  readonly salts: string;
  /** How many frames of the log are committed. */
  readonly frames: number;
  /** How many of them are copied into the database. */
  readonly copied: number;
}

/**
 * Reads the index beside a log. SQLite itself does not trust it after a crash. But unless the machine was restarted it
 * still knows how long the log was. Undefined if there is none, or it is older than the machine's start, or not whole.
 */
export function readLogIndex(path: string): LogIndex | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  // Written before the machine started: the bytes on disk may be from any moment before that.
  if (found === undefined || found.mtimeMs < Date.now() - uptime() * 1000) return undefined;
  const index = readFileSync(path).subarray(0, COPIED_AT + 4);
  if (index.length < COPIED_AT + 4) return undefined;
  const header = index.subarray(0, HEADER_BYTES);
  const [a, b] = checksum(header.subarray(0, CHECKSUM_AT), [0, 0], IS_LITTLE);
  const word = (at: number) => (IS_LITTLE ? index.readUInt32LE(at) : index.readUInt32BE(at));
  const isWhole = header.equals(index.subarray(HEADER_BYTES, COPIED_AT)) && index[12] === 1;
  if (!isWhole || a !== word(CHECKSUM_AT) || b !== word(CHECKSUM_AT + 4)) return undefined;
  return { salts: header.toString('hex', 32, 40), frames: word(16), copied: word(COPIED_AT) };
}
