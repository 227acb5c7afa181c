import { expect, test } from 'vitest';
import { ImportLog } from '../../src/cli/import-log.ts';

test('an import without changes has nothing to say', () => {
  expect(new ImportLog().lines()).toEqual([]);
});

test('left-out lines are named, with the reason', () => {
  const log = new ImportLog();
  log.omit(3, { key: 'error', reason: 'which a SYNCED report cannot have' });
  log.omit(3, { key: 'labels', reason: 'which had no meaning' });
  log.omit(8, { key: 'labels', reason: 'which had no meaning' });
  log.omit(9, { key: 'U+0000 in branch', reason: 'which is refused today', isKept: true });
  log.leaveOut(5, 'last_check is tomorrow.');
  expect(log.lines()).toEqual([
    '1 report imported without error, which a SYNCED report cannot have: line 3',
    '2 reports imported without labels, which had no meaning: lines 3, 8',
    '1 report imported with U+0000 in branch, which is refused today: line 9',
    '1 report left out:',
    'line 5: last_check is tomorrow.',
  ]);
});

test('the first twenty of many lines are named, and the others counted', () => {
  const log = new ImportLog();
  for (let n = 1; n <= 25; n++) {
    log.omit(n, { key: 'check', reason: 'which had no meaning' });
    log.leaveOut(n, 'No.');
  }
  const [omitted, leftOut, ...named] = log.lines();
  expect(omitted).toMatch(/^25 reports imported without check, .*: lines 1, 2, .*, 20 and 5 more$/);
  expect(leftOut).toBe('25 reports left out:');
  expect(named).toHaveLength(21);
  expect(named.slice(-2)).toEqual(['line 20: No.', 'and 5 more']);
});
