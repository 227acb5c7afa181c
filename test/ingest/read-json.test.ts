import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError, type FieldError } from '../../src/domain/errors.ts';
import { readJson } from '../../src/ingest/inputs/json/read-json.ts';
import { scanElements } from '../../src/ingest/inputs/json/scan.ts';

const read = (text: string) => readJson(text, { maxDepth: 32 });

function refusalOf(text: string): { code: string; message: string; errors: readonly FieldError[] } {
  try {
    read(text);
  } catch (error) {
    if (error instanceof DomainError)
      return { code: error.code, message: error.message, errors: error.fieldErrors };
    throw error;
  }
  throw new Error(`It was read: ${text}`);
}

const pointers = (text: string) => refusalOf(text).errors.map(({ pointer }) => pointer);

describe('JSON that JavaScript reads without change', () => {
  test.each([
    '{"a":1.50,"b":1e3,"c":-0,"d":0.1,"e":5e-324,"f":9007199254740992,"g":[1.0,-1E+2]}',
    '{"emoji":"\\ud83d\\ude00","é":"é\\u00e9","slash":"\\/\\\\u0000","quote":"\\"0\\""}',
    '{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}',
    '{"a,b":"[{:","c":"9007199254740993"}',
    '{"__proto__":{"a":1},"constructor":2,"":{"":3}}',
    ' \r\n\t[ ] ',
    '"text"',
    'null',
    '-7',
  ])('%s is read as by JSON.parse', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  test('is read as by JSON.parse, for any value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('keeps __proto__ as a key like any other', () => {
    const value = read('{"__proto__":{"isAdmin":true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe('a repeated key is refused with its place:', () => {
  test.each([
    ['{"a":1,"a":2}', ['/a']],
    ['{"a":1,"a":1}', ['/a']],
    ['{"a":1,"b":2,"a":3,"b":4,"a":5}', ['/a', '/b', '/a']],
    ['{"sync_status":"OUT_OF_SYNC","sync\\u005fstatus":"SYNCED"}', ['/sync_status']],
    ['{"\\u0061":1,"a":2}', ['/a']],
    ['{"\\/":1,"/":2}', ['/~1']],
    ['{"~":1,"\\u007e":2}', ['/~0']],
    ['{"x":[{"y":{"a":1,"a":2}}]}', ['/x/0/y/a']],
    ['{"a":{"b":1},"a":{"b":1,"c":2}}', ['/a']],
    ['{"__proto__":1,"__proto__":2}', ['/__proto__']],
    ['{"__proto__":1,"\\u005f_proto__":2}', ['/__proto__']],
    ['{"":1,"":2}', ['/']],
    ['{"é":1,"\\u00e9":2}', ['/é']],
    ['{"😀":1,"\\ud83d\\ude00":2}', ['/😀']],
    ['{"1":1,"1":2}', ['/1']],
  ])('%s', (text, places) => {
    expect(refusalOf(text)).toMatchObject({ code: 'invalid', message: expect.stringContaining('twice') });
    expect(pointers(text)).toEqual(places);
  });

  test('with anything else in the text', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        fc.jsonValue(),
        (object, other) => {
          const [key = ''] = Object.keys(object);
          const more = `,${JSON.stringify(key)}:${JSON.stringify(other)}}`;
          const text = JSON.stringify(object).replace(/\}$/, () => more);
          expect(refusalOf(text).message).toContain('twice');
        },
      ),
    );
  });
});

describe('a value that JavaScript would change is refused with its place:', () => {
  test.each([
    ['{"inode":9007199254740993}', '/inode', 'is 9007199254740993, which would become 9007199254740992'],
    ['[0,[-9007199254740993]]', '/1/0', 'send it as a string'],
    ['{"a":1e400}', '/a', 'would become Infinity'],
    ['{"a":1e-400}', '/a', 'would become 0'],
    ['{"a":0.10000000000000000001}', '/a', 'would become 0.1'],
    ['{"a":123456789012345.678}', '/a', 'would become'],
    ['9007199254740993', '', 'which would become'],
    ['{"a":"x\\u0000"}', '/a', 'U+0000'],
    ['{"a\\u0000":1}', '/a\0', 'the key must not contain U+0000'],
    ['["\\ud800"]', '/0', 'half of a surrogate pair'],
    ['["\\udc00\\ud800"]', '/0', 'half of a surrogate pair'],
    ['["\\ud800\\ud800\\udc00"]', '/0', 'half of a surrogate pair'],
    ['["\\uD83Dx"]', '/0', 'half of a surrogate pair'],
    ['{"\\udfff":1}', '/\ufffd', 'the key must not contain half'],
  ])('%s', (text, place, detail) => {
    expect(refusalOf(text)).toMatchObject({
      code: 'invalid',
      errors: [{ pointer: place, detail: expect.stringContaining(detail) }],
    });
  });

  test('at most a hundred places are reported', () => {
    expect(refusalOf(`[${'1e999,'.repeat(5000)}0]`).errors).toHaveLength(100);
  });

  test('a number of millions of digits is not repeated', () => {
    expect(refusalOf(`[${'9'.repeat(4_000_000)}]`).message.length).toBeLessThan(200);
  });
});

describe('text that is not JSON', () => {
  test.each([
    '',
    ' ',
    '{',
    '{"a":1,}',
    "{'a':1}",
    '{"a":01}',
    '{"a":.5}',
    '[1]]',
    '{}x',
    '{"a":NaN}',
    '\ufeff{}',
  ])('%j is malformed', (text) => {
    expect(refusalOf(text).code).toBe('malformed');
  });
});

describe('a text that would take too long', () => {
  test.each([
    ['nested', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`, 'deeper than 32 levels'],
    ['nested and never closed', '{"a":'.repeat(1_000_000), 'deeper than 32 levels'],
    ['of many values', `[${'0,'.repeat(1_000_000)}0]`, 'more than 100000 values'],
    ['of many empty values', `[${'{},'.repeat(1_000_000)}{}]`, 'more than 100000 values'],
    ['of many keys', `{${'"a":0,'.repeat(1_000_000)}"b":1}`, 'more than 100000 values'],
  ])('%s is not parsed at all', (_, text, detail) => {
    expect(refusalOf(text)).toMatchObject({ code: 'invalid', message: expect.stringContaining(detail) });
  });

  test('is not scanned beyond the limit', () => {
    const [piece] = scanElements(`[[${'0,'.repeat(1_000_000)}0]]`, 10);
    expect(piece).toMatchObject({ values: 100_001 });
    expect((piece?.end ?? 0) - (piece?.start ?? 0)).toBeLessThan(200_010);
  });
});

describe('the elements of an array', () => {
  const elements = (text: string) => scanElements(text, 10).map(({ start, end }) => text.slice(start, end));
  test.each([
    ['[]', []],
    [' [ \n ] ', []],
    ['[1]', ['1']],
    ['[1,"a,]",{"b":[2,3]},[]]', ['1', '"a,]"', '{"b":[2,3]}', '[]']],
    ['[1,]', ['1', '']],
    ['[,1]', ['', '1']],
    ['[1', ['1', '']],
    ['[1] 2', ['1', '] 2']],
    ['[1}', ['1', '}']],
    ['[1 2]', ['1 2']],
    ['[{],{}]', ['{]', '{}']],
    ['["', ['"', '']],
  ])('of %s are %j', (text, expected) => {
    expect(elements(text)).toEqual(expected);
  });

  test('are JSON exactly if the whole is', () => {
    const isJson = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const char = fc.constantFrom(...'[]{},:"\\1 a');
    fc.assert(
      fc.property(fc.array(char, { maxLength: 12 }), (chars) => {
        const text = `[${chars.join('')}`;
        expect(scanElements(text, 100).every(({ start, end }) => isJson(text.slice(start, end)))).toBe(
          isJson(text),
        );
      }),
      { numRuns: 5000 },
    );
  });

  test('are counted no further than one too many', () => {
    expect(scanElements(`[${'0,'.repeat(1000)}0]`, 10)).toHaveLength(11);
  });
});
