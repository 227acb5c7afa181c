import { isUtf8 } from 'node:buffer';
import { DomainError } from '../../domain/errors.ts';

/**
 * The text of bytes that must be UTF-8; a byte order mark is left out. Throws `malformed`, with what the bytes are or
 * where they are not UTF-8.
 */
export function utf8Text(bytes: Buffer, name = 'The body'): string {
  const other = otherFormat(bytes);
  if (other !== undefined) throw new DomainError('malformed', `${name} is ${other.words}: ${other.inBody}.`);
  if (!isUtf8(bytes)) throw new DomainError('malformed', `${name} is not UTF-8: ${wrongByte(bytes)}`);
  return bytes.toString('utf8', startsWith(bytes, UTF8_MARK) ? UTF8_MARK.length : 0);
}

/** What the bytes are if they do not begin like JSON, and what to do about a file of them. */
export function otherFormat(bytes: Buffer): Format | undefined {
  return beginsAsJson(bytes) ? undefined : FORMATS.find(({ isIt }) => isIt(bytes));
}

interface Format {
  readonly words: string;
  /** What to do about a body, and about a file on this machine. */
  readonly inBody: string;
  readonly inFile: string;
  readonly isIt: (bytes: Buffer) => boolean;
}

const UTF8_MARK = [0xef, 0xbb, 0xbf];
const [BRACE, BRACKET] = [0x7b, 0x5b];

/** Nearly every body begins like this; the other formats never do. */
function beginsAsJson(bytes: Buffer): boolean {
  return (bytes[0] === BRACE || bytes[0] === BRACKET) && bytes[1] !== 0;
}

/** Other formats that are sent by mistake. No intended text begins with a NUL or has one as its second character. */
const FORMATS: readonly Format[] = [
  {
    words: 'compressed with gzip',
    inBody: 'inflate it, or post it with "Content-Encoding: gzip"',
    inFile: 'inflate it first, as in "gunzip -c FILE | gitops-status-server import"',
    isIt: (bytes) => startsWith(bytes, [0x1f, 0x8b]),
  },
  {
    words: 'compressed with Zstandard',
    inBody: 'send it as it is',
    inFile: 'inflate it first, as in "zstd -dc FILE | gitops-status-server import"',
    isIt: (bytes) => startsWith(bytes, [0x28, 0xb5, 0x2f, 0xfd]),
  },
  {
    words: 'compressed with xz',
    inBody: 'send it as it is',
    inFile: 'inflate it first, as in "xz -dc FILE | gitops-status-server import"',
    isIt: (bytes) => startsWith(bytes, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
  },
  {
    words: 'compressed with bzip2',
    inBody: 'send it as it is',
    inFile: 'inflate it first, as in "bzip2 -dc FILE | gitops-status-server import"',
    isIt: (bytes) => /^BZh[1-9]1AY/.test(bytes.toString('latin1', 0, 7)),
  },
  {
    words: 'a ZIP archive',
    inBody: 'send what is in it',
    inFile: 'take the file out of it first, as in "unzip -p FILE | gitops-status-server import"',
    isIt: (bytes) => startsWith(bytes, [0x50, 0x4b, 3, 4]),
  },
  {
    words: 'a SQLite database',
    inBody: 'send reports',
    inFile: 'where it is a backup, use "gitops-status-server restore FILE"',
    isIt: (bytes) => bytes.toString('latin1', 0, 16) === 'SQLite format 3\0',
  },
  {
    words: 'UTF-32',
    inBody: 'send UTF-8',
    inFile: 'convert it first, as in "iconv -f UTF-32 -t UTF-8 FILE | gitops-status-server import"',
    isIt: (bytes) =>
      startsWith(bytes, [0xff, 0xfe, 0, 0]) ||
      startsWith(bytes, [0, 0, 0xfe, 0xff]) ||
      startsWith(bytes, [0, 0, 0]) ||
      startsWith(bytes.subarray(1), [0, 0, 0]),
  },
  {
    words: 'UTF-16',
    inBody: 'send UTF-8',
    inFile: 'convert it first, as in "iconv -f UTF-16 -t UTF-8 FILE | gitops-status-server import"',
    isIt: (bytes) =>
      startsWith(bytes, [0xff, 0xfe]) || startsWith(bytes, [0xfe, 0xff]) || bytes[0] === 0 || bytes[1] === 0,
  },
];

function startsWith(bytes: Buffer, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function wrongByte(bytes: Buffer): string {
  const at = firstWrongByte(bytes);
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0');
  return `byte ${at}, counted from 0, is 0x${byte}. Send UTF-8.`;
}

/** Decoding replaces wrong bytes by U+FFFD: the first one that the bytes do not have themselves is the place. */
function firstWrongByte(bytes: Buffer): number {
  const text = bytes.toString();
  let at = 0;
  let start = 0;
  for (let i = text.indexOf(REPLACEMENT); i >= 0; i = text.indexOf(REPLACEMENT, start)) {
    at += Buffer.byteLength(text.slice(start, i));
    if (bytes.toString('latin1', at, at + 3) !== WRITTEN_REPLACEMENT) break;
    at += WRITTEN_REPLACEMENT.length;
    start = i + 1;
  }
  return at;
}

const REPLACEMENT = '\ufffd';
const WRITTEN_REPLACEMENT = '\xef\xbf\xbd';
