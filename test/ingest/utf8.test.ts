import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { utf8Text } from '../../src/ingest/inputs/utf8.ts';

const bytes = (...values: number[]) => Buffer.from(values);
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const utf32le = (text: string) =>
  Buffer.concat([...text].map((char) => bytes(char.codePointAt(0) ?? 0, 0, 0, 0)));

describe('bytes that are UTF-8', () => {
  test.each(['', 'a', '{"a":"é😀\ufffd"}', '{"a":1}\n'])('%j become its text', (text) => {
    expect(utf8Text(Buffer.from(text))).toBe(text);
  });

  test('may begin with a byte order mark, which is not part of the text', () => {
    expect(utf8Text(Buffer.from('\ufeff{}'))).toBe('{}');
  });
});

describe('bytes that are not UTF-8', () => {
  test.each([
    ['UTF-16 with a mark', Buffer.from('\ufeff{"a":1}', 'utf16le'), 'is UTF-16: send UTF-8'],
    ['UTF-16, the other way round', utf16be('\ufeff{"a":1}'), 'is UTF-16: send UTF-8'],
    ['UTF-16 without a mark', Buffer.from('{"a":1}', 'utf16le'), 'is UTF-16: send UTF-8'],
    ['the other without a mark', utf16be('{"a":1}'), 'is UTF-16: send UTF-8'],
    ['UTF-32 with a mark', utf32le('\ufeff{}'), 'is UTF-32: send UTF-8'],
    ['UTF-32 without a mark', utf32le('{}'), 'is UTF-32: send UTF-8'],
    ['UTF-32, the other way round', utf32le('{}').swap32(), 'is UTF-32: send UTF-8'],
    ['gzip', gzipSync('{}'), 'is compressed with gzip: inflate it, or post it with "Content-Encoding: gzip"'],
    ['xz', bytes(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 4), 'is compressed with xz: send it as it is'],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'is compressed with bzip2: send it as it is'],
    ['ZIP', bytes(0x50, 0x4b, 3, 4, 10), 'is a ZIP archive: send what is in it'],
    ['SQLite', Buffer.from('SQLite format 3\0'), 'is a SQLite database: send reports'],
    ['Zstandard', bytes(0x28, 0xb5, 0x2f, 0xfd, 4), 'is compressed with Zstandard'],
    ['Latin-1', Buffer.from('{"a":"\xe9"}', 'latin1'), 'byte 6, counted from 0, is 0xe9'],
    ['U+FFFD, then Latin-1', Buffer.from('\xef\xbf\xbd\xe9', 'latin1'), 'byte 3, counted from 0, is 0xe9'],
    ['an overlong form', bytes(0x61, 0xc0, 0xaf), 'byte 1, counted from 0, is 0xc0'],
    ['an encoded surrogate', bytes(0xed, 0xa0, 0x80), 'byte 0, counted from 0, is 0xed'],
    ['more than Unicode has', bytes(0xf5, 0x80, 0x80, 0x80), 'byte 0, counted from 0, is 0xf5'],
    ['a character that is cut off', Buffer.from('é€').subarray(0, 4), 'byte 2, counted from 0, is 0xe2'],
  ])('get an error because they are %s', (_, wrong, detail) => {
    expect(() => utf8Text(wrong)).toThrow(detail);
  });
});
