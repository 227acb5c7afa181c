import { describe, expect, test } from 'vitest';
import { parseFilterValues } from '../../src/http/filter-values.ts';

describe('several values in one parameter', () => {
  const names = ['rsyslog/lab', 'web-1.example+b'];

  test.each([
    ['repeated', names],
    ['glob, the default', '{rsyslog/lab,web-1.example+b}'],
    [':csv, :raw and :join', 'rsyslog/lab,web-1.example+b'],
    [':pipe', 'rsyslog/lab|web-1.example+b'],
    [':regex', '(rsyslog\\/lab|web-1\\.example\\+b)'],
    [':json', '["rsyslog/lab","web-1.example+b"]'],
    [':singlequote', "'rsyslog/lab','web-1.example+b'"],
    [':doublequote', '"rsyslog/lab","web-1.example+b"'],
    [':percentencode', '%7Brsyslog%2Flab%2Cweb-1.example%2Bb%7D'],
    [':lucene', '("rsyslog\\/lab" OR "web\\-1.example\\+b")'],
    [':distributed', 'rsyslog/lab,server=web-1.example+b'],
    [':html', 'rsyslog/lab, web-1.example+b'],
    [':uriencode', '%7Brsyslog/lab,web-1.example+b%7D'],
    ['a list with blanks', 'rsyslog/lab, web-1.example+b'],
    ['a list that repeats itself', 'rsyslog/lab,web-1.example+b,rsyslog/lab'],
    ['lists and single values, repeated', ['{rsyslog/lab}', 'web-1.example+b']],
  ])('%s', (_, given) => {
    expect(parseFilterValues(given)).toEqual(names);
  });

  test.each([
    ['glob, :csv, :raw, :pipe', 'rsyslog-lab'],
    [':regex', 'rsyslog\\-lab'],
    [':json', '["rsyslog-lab"]'],
    [':json of a variable with one value', 'rsyslog-lab'],
    [':singlequote', "'rsyslog-lab'"],
    [':percentencode', '%7Brsyslog-lab%7D'],
  ])('one value: %s', (_, given) => {
    expect(parseFilterValues(given)).toEqual(['rsyslog-lab']);
  });

  test.each([
    '',
    '*',
    '.*',
    '$__all',
    '{}',
    '[]',
    '()',
    '%7B%7D',
    '""',
    "''",
    '{*}',
    '__empty__',
    '${server}',
    '${server:csv}',
    '$server',
    '[[server]]',
  ])('no filter: %j', (given) => {
    expect(parseFilterValues(given)).toEqual([]);
  });

  test('All is a name like any other', () => {
    expect(parseFilterValues('All')).toEqual(['All']);
    expect(parseFilterValues('{All,other}')).toEqual(['All', 'other']);
  });

  test('no filter: nothing sent', () => {
    expect(parseFilterValues([])).toEqual([]);
  });
});
