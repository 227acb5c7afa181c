import { isUtf8 } from 'node:buffer';
import { DomainError } from '../../domain/errors.ts';

/**
 * The text of bytes that must be UTF-8; a byte order mark is left out. Throws `malformed`, with what the bytes are or
 * where they are not UTF-8.
 */
export function utf8Text(bytes: Buffer, name = 'The body'): string {
  const other = beginsAsJson(bytes) ? undefined : FORMATS.find(({ isIt }) => isIt(bytes));
  if (other !== undefined) throw new DomainError('malformed', `${name} is ${other.words}.`);
  if (!isUtf8(bytes)) throw new DomainError('malformed', `${name} is not UTF-8: ${wrongByte(bytes)}`);
  return bytes.toString('utf8', startsWith(bytes, UTF8_MARK) ? UTF8_MARK.length : 0);
}

const UTF8_MARK = [0xef, 0xbb, 0xbf];
const [BRACE, BRACKET] = [0x7b, 0x5b];

/** As nearly every body does; of the other formats, none. */
function beginsAsJson(bytes: Buffer): boolean {
  return (bytes[0] === BRACE || bytes[0] === BRACKET) && bytes[1] !== 0;
}

/** What else is sent by mistake. No text that is meant begins with a NUL or has one as its second character. */
const FORMATS: readonly { words: string; isIt: (bytes: Buffer) => boolean }[] = [
  {
    words: 'compressed with gzip: inflate it, or post it with "Content-Encoding: gzip"',
    isIt: (bytes) => startsWith(bytes, [0x1f, 0x8b]),
  },
  {
    words: 'compressed with Zstandard: send it as it is',
    isIt: (bytes) => startsWith(bytes, [0x28, 0xb5, 0x2f, 0xfd]),
  },
  {
    words: 'UTF-32: send UTF-8',
    isIt: (bytes) =>
      startsWith(bytes, [0xff, 0xfe, 0, 0]) ||
      startsWith(bytes, [0, 0, 0xfe, 0xff]) ||
      startsWith(bytes, [0, 0, 0]) ||
      startsWith(bytes.subarray(1), [0, 0, 0]),
  },
  {
    words: 'UTF-16: send UTF-8',
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

/** Decoding puts U+FFFD where bytes are wrong: the first one that the bytes do not have themselves is the place. */
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
