import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrayText } from '../../src/store/postgres/array-text.ts';
import { readArray } from './read-array.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'NULL', 'a,b', '{}', '\\', '"', '\\"'),
);

test('an array has the same texts when it is read again', () => {
  fc.assert(
    fc.property(fc.array(fc.option(anyText)), (texts) => {
      expect(readArray(arrayText(texts))).toEqual(texts);
    }),
  );
});

test('numbers, truth values, bytes and nothing are written as PostgreSQL reads them', () => {
  expect(arrayText([1, -2, null, undefined])).toBe('{1,-2,NULL,NULL}');
  expect(arrayText([true, false])).toBe('{true,false}');
  expect(arrayText([Buffer.from('0aff', 'hex')])).toBe(String.raw`{\\x0aff}`);
  expect(arrayText([])).toBe('{}');
});
