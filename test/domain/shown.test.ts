import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shownName, shownNames, shownText } from '../../src/domain/shown.ts';

describe('a name as it is shown', () => {
  test.each([
    ['nginx.conf', 'nginx.conf'],
    ['C:\\Users\\web.config', 'C:\\Users\\web.config'],
    ['étc/größe ünd 設定 עברית', 'étc/größe ünd 設定 עברית'],
    ['/etc/a b.conf', '/etc/a b.conf'],
  ])('%j stays unchanged', (name, shown) => {
    expect(shownName(name)).toBe(shown);
  });

  test.each([
    ['a right-to-left override', 'etc/\u202efnoc.dhss', 'etc/\\u202efnoc.dhss'],
    ['an isolate', 'a\u2066b\u2069', 'a\\u2066b\\u2069'],
    ['marks of direction', 'a\u200eb\u200fc\u061c', 'a\\u200eb\\u200fc\\u061c'],
    [
      'zero-width characters',
      'a\u200bb\u200cc\u200dd\u2060e\ufefff',
      'a\\u200bb\\u200cc\\u200dd\\u2060e\\ufefff',
    ],
    ['a soft hyphen', 'a\u00adb', 'a\\u00adb'],
    [
      'control characters',
      'a\u0000\t\r\n\u001b[31m\u007f\u0085\u009bb',
      'a\\u0000\\u0009\\u000d\\u000a\\u001b[31m\\u007f\\u0085\\u009bb',
    ],
    ['private characters', 'a\ue000\u{f0000}\u{10fffd}', 'a\\ue000\\u{f0000}\\u{10fffd}'],
    ['half a character', 'a\ud800b', 'a\\ud800b'],
    ['no character', 'a\uffff\ufdd0', 'a\\uffff\\ufdd0'],
    ['tags', 'a\u{e0001}\u{e0061}', 'a\\u{e0001}\\u{e0061}'],
    ['variation selectors', 'a\ufe0f\u{e0100}\u180b', 'a\\ufe0f\\u{e0100}\\u180b'],
    [
      'fillers that draw nothing',
      '\u3164\u115f\u1160\uffa0\u2800\u034f',
      '\\u3164\\u115f\\u1160\\uffa0\\u2800\\u034f',
    ],
    ['other blanks', 'a\u00a0b\u2003c\u3000d\u1680e', 'a\\u00a0b\\u2003c\\u3000d\\u1680e'],
    ['line separators', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['blanks that HTML leaves out', ' a  b ', '\\u0020a\\u0020 b\\u0020'],
    ['an accent of its own', 'cafe\u0301', 'cafe\\u0301'],
    ['an accent on nothing', '\u0301a', '\\u0301a'],
    ['the sign Kelvin', '\u212a', '\\u212a'],
    ['letters of a Hangul syllable', '\u1112\u1161\u11ab', '\\u1112\\u1161\\u11ab'],
    ['what reads as an escape', 'a\\u202eb', 'a\\\\u202eb'],
    ['a backslash before an escape', 'a\\\u202eb', 'a\\\\\\u202eb'],
  ])('%s', (_, name, shown) => {
    expect(shownName(name)).toBe(shown);
  });

  const tricky = fc.array(
    fc.constantFrom(
      ...[
        '\\',
        'u',
        '202e',
        '0020',
        '{e0001}',
        '\u202e',
        '\u{e0001}',
        ' ',
        'a',
        'e\u0301',
        'é',
        '\u0301',
        'K',
        '\u212a',
      ],
      ...['\u1112', '\u1161', '하', ';', ',', '003b', '\t', '\ufe0f'],
    ),
    { maxLength: 8 },
  );

  test('two names never look the same, alone or in lists', () => {
    const names = tricky.map((parts) => parts.join(''));
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(shownName(a) === shownName(b)).toBe(a === b);
        expect(shownName(a).normalize('NFC')).toBe(shownName(a));
      }),
      { numRuns: 20_000 },
    );
    const lists = fc.array(
      names.filter((name) => name !== ''),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(lists, lists, fc.constantFrom(',', ';'), (a, b, separator) => {
        const isSame = JSON.stringify(a) === JSON.stringify(b);
        expect(shownNames(a, separator) === shownNames(b, separator)).toBe(isSame);
      }),
      { numRuns: 20_000 },
    );
  });

  test('the time it takes grows only with its length', () => {
    const name = `${'\\'.repeat(4000)}${'\\x'.repeat(48)}`;
    expect(shownName(name)).toBe(name);
  });
});

describe('a message as it is shown', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b[1;38;5;196mred\u001b[K', 'red'],
    ['\u001b[38:2::1:2:3mred\u001b[m', 'red'],
    ['\u009b31mred\u009b0m', 'red'],
    ['\u001b]8;;https://ci.example\u001b\\run\u001b]8;;\u0007', 'run'],
    ['\u001b]0;title\u0007x', 'x'],
    ['\u001bP1$r0m\u001b\\x', 'x'],
    ['\u001b(Bx\u001b[?25l\u001bc', 'x'],
    ['fatal:\r\n\tno route\n', 'fatal:\n\tno route\n'],
    ['half \u001b', 'half \\u001b'],
    ['bell \u0007\u0000\r', 'bell \\u0007\\u0000\\u000d'],
    ['\u202eknas', '\\u202eknas'],
    ['zero\u200bwidth\ue000', 'zero\\u200bwidth\\ue000'],
    ['⚠\ufe0f C:\\users', '⚠\ufe0f C:\\users'],
  ])('%j', (text, shown) => {
    expect(shownText(text)).toBe(shown);
  });
});
