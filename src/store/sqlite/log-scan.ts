import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// The format of the log: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
export const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGICS: readonly number[] = [0x377f0682, 0x377f0683];
/** How many frames are read at once: about 1 MiB. */
const CHUNK_FRAMES = 256;

/** The content of a log (`-wal`). */
export interface LogScan {
  /** The two salts as hex: another text for each generation of the log. */
  readonly salts: string;
  readonly pageSize: number;
  /** How many frames SQLite accepts: up to the last commit before the first broken frame. */
  readonly frames: number;
  /** The size of the database in pages after the last of these commits; undefined if there is none. */
  readonly pagesAfter: number | undefined;
  /** The pages in these frames. */
  readonly pages: ReadonlySet<number>;
  /**
   * The frame (from 0) from which SQLite would ignore the log although a commit follows. Undefined if none follows:
   * then the last transaction was cut short, as by a crash, and was never acknowledged.
   */
  readonly brokenAt: number | undefined;
}

export type Checksum = readonly [number, number];

interface Frame {
  readonly page: number;
  /** Not 0 in the last frame of a transaction. */
  readonly pagesAfter: number;
  readonly isOfThisLog: boolean;
  readonly stored: Checksum;
  readonly isRightAfter: (before: Checksum) => boolean;
}

/** Reads a log from end to end, as SQLite does after a crash. Undefined if its header is damaged. */
export function scanLog(path: string): LogScan | undefined {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(LOG_HEADER_BYTES);
    readSync(file, header, 0, LOG_HEADER_BYTES, 0);
    const isLittle = isLittleEndian(header);
    if (isLittle === undefined) return undefined;
    const start = checksum(header.subarray(0, 24), [0, 0], isLittle);
    if (!isSame(start, checksumAt(header, 24))) return undefined;
    const pageSize = header.readUInt32BE(8);
    const salts = header.subarray(16, 24);
    const frames = framesOf(file, { size: fstatSync(file).size, pageSize, salts, isLittle });
    return { salts: salts.toString('hex'), pageSize, ...judge(frames, start) };
  } finally {
    closeSync(file);
  }
}

function judge(frames: Iterable<Frame>, start: Checksum): Omit<LogScan, 'salts' | 'pageSize'> {
  const pages = new Set<number>();
  const pending: number[] = [];
  let [committed, pagesAfter]: [number, number | undefined] = [0, undefined];
  const later = new LaterCommits();
  let firstBroken: number | undefined;
  let before: Checksum | undefined = start;
  let at = 0;
  for (const frame of frames) {
    const isRight = frame.isOfThisLog && (before === undefined || frame.isRightAfter(before));
    if (firstBroken === undefined && !isRight) firstBroken = at;
    if (firstBroken === undefined) {
      pending.push(frame.page);
      if (frame.pagesAfter !== 0) {
        for (const page of pending.splice(0)) pages.add(page);
        [committed, pagesAfter] = [at + 1, frame.pagesAfter];
      }
    } else {
      later.see(frame, isRight && at > firstBroken);
    }
    // A frame that does not belong to this log says nothing about the one after it.
    before = frame.isOfThisLog ? frame.stored : undefined;
    at++;
  }
  return { frames: committed, pages, pagesAfter, brokenAt: later.isAny ? firstBroken : undefined };
}

/**
 * Whether a commit is beyond the first broken frame. A frame after a commit is written only once that commit is on
 * disk. So the commit counts, however damaged it is; the very last one counts if it is whole.
 */
class LaterCommits {
  #isAny = false;
  #isUndecided = false;

  see({ isOfThisLog, pagesAfter }: Frame, isWhole: boolean): void {
    if (!isOfThisLog) return;
    if (this.#isUndecided) this.#isAny = true;
    if (pagesAfter === 0) return;
    if (isWhole) this.#isAny = true;
    this.#isUndecided = true;
  }

  get isAny(): boolean {
    return this.#isAny;
  }
}

interface Layout {
  readonly size: number;
  readonly pageSize: number;
  readonly salts: Buffer;
  readonly isLittle: boolean;
}

/** Only whole frames. */
function* framesOf(file: number, { size, pageSize, salts, isLittle }: Layout): Generator<Frame> {
  const frameBytes = FRAME_HEADER_BYTES + pageSize;
  const chunk = Buffer.alloc(CHUNK_FRAMES * frameBytes);
  for (let at = LOG_HEADER_BYTES; at + frameBytes <= size; at += chunk.length) {
    const read = readSync(file, chunk, 0, chunk.length, at);
    for (let offset = 0; offset + frameBytes <= read; offset += frameBytes) {
      const frame = chunk.subarray(offset, offset + frameBytes);
      const stored = checksumAt(frame, 16);
      yield {
        page: frame.readUInt32BE(0),
        pagesAfter: frame.readUInt32BE(4),
        isOfThisLog: frame.readUInt32BE(0) !== 0 && frame.subarray(8, 16).equals(salts),
        stored,
        isRightAfter(before) {
          const head = checksum(frame.subarray(0, 8), before, isLittle);
          return isSame(checksum(frame.subarray(FRAME_HEADER_BYTES), head, isLittle), stored);
        },
      };
    }
  }
}

/** Whether the words of its checksums are little-endian, by its magic number. Undefined if it has none. */
function isLittleEndian(header: Buffer): boolean | undefined {
  const magic = header.readUInt32BE(0);
  return MAGICS.includes(magic) ? magic % 2 === 0 : undefined;
}

/** SQLite's checksum, which continues from one part to the next. */
export function checksum(bytes: Buffer, [first, second]: Checksum, isLittle: boolean): Checksum {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let [a, b] = [first, second];
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + words.getUint32(at, isLittle) + b) >>> 0;
    b = (b + words.getUint32(at + 4, isLittle) + a) >>> 0;
  }
  return [a, b];
}

function checksumAt(bytes: Buffer, at: number): Checksum {
  return [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
}

function isSame(a: Checksum, b: Checksum): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
