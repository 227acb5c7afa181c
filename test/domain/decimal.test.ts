import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { staysTheSame } from '../../src/domain/decimal.ts';

describe('a number in decimal', () => {
  test.each(
    '0 -0 0.0 0e9 0e-400 1 -1 1.0 1.50 00.5 1e3 1E+3 0.1 1e21 1e23 5e-324 9007199254740992 9007199254740994 1e-7'.split(
      ' ',
    ),
  )('%s stays the same', (text) => {
    expect(staysTheSame(text)).toBe(true);
  });

  test.each(
    '9007199254740993 -9007199254740993 1e400 1e-400 4.9e-324 0.99999999999999999 123456789012345678901 0.1000000000000000055'.split(
      ' ',
    ),
  )('%s does not', (text) => {
    expect(staysTheSame(text)).toBe(false);
  });

  test('that JavaScript prints stays the same, with any zeros around it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(30), (value, zeros) => {
        const [mantissa = '', power] = String(value).split('e');
        const padded = `${mantissa}${mantissa.includes('.') ? '' : '.'}${'0'.repeat(zeros)}`;
        expect(staysTheSame(power === undefined ? padded : `${padded}e${power}`)).toBe(true);
      }),
    );
  });

  test('of integers stays the same exactly if JavaScript has it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (value) => {
        const printed = String(Number(value));
        const kept = printed.includes('e') ? undefined : BigInt(printed);
        fc.pre(kept !== undefined);
        expect(staysTheSame(String(value))).toBe(kept === value);
      }),
    );
  });

  test.each([
    ['digits', '7'.repeat(4_000_000), false],
    ['zeros before the last digit', `1${'0'.repeat(4_000_000)}1`, false],
    ['zeros before the point', `${'0'.repeat(4_000_000)}1.5`, true],
    ['zeros behind the point', `1.5${'0'.repeat(4_000_000)}`, true],
    ['small digits and a large power', `0.${'0'.repeat(4_000_000)}1e4000001`, true],
    ['digits of a power', `1e${'9'.repeat(4_000_000)}`, false],
  ])('of millions of %s is read in one go', (_, text, same) => {
    expect(staysTheSame(text)).toBe(same);
  });
});
