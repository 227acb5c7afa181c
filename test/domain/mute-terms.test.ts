import { describe, expect, test } from 'vitest';
import type { MuteTerms } from '../../src/domain/mute.ts';
import { needsMembers, refusalOfNew } from '../../src/domain/mute-plan.ts';
import { MAX_MUTES, muteFaults } from '../../src/domain/mute-terms.ts';
import { DAY, HOUR, NOON } from '../fixtures.ts';

const terms: MuteTerms = {
  matchers: { repo: ['a'] },
  reason: 'why',
  startsAt: NOON,
  endsAt: NOON + HOUR,
  untilInSync: false,
};
const faultsOf = (traits: Partial<MuteTerms>) => muteFaults({ ...terms, ...traits }, NOON);
const pointersOf = (traits: Partial<MuteTerms>) => faultsOf(traits).map(({ pointer }) => pointer);

describe('the terms of a mute', () => {
  test.each([{}, { labels: {} }])('need a matcher: %j has none', (matchers) => {
    expect(faultsOf({ matchers })).toMatchObject([
      { detail: expect.stringMatching(/^needs at least one of repo, server, labels, file, cause and state/) },
    ]);
  });

  test.each([{ repo: ['*'] }, { labels: { env: [''] } }, { state: ['STALE'] }, { cause: [''] }])(
    'may have any one matcher: %j',
    (matchers) => {
      expect(faultsOf({ matchers })).toEqual([]);
    },
  );

  test('with file or cause cannot be about STALE or UNKNOWN', () => {
    for (const about of [{ file: ['a'] }, { cause: ['host_changed'] }]) {
      expect(pointersOf({ matchers: { ...about, state: ['STALE', 'UNKNOWN'] } })).toEqual(['/state']);
      expect(pointersOf({ matchers: { ...about, state: ['OUT_OF_SYNC', 'STALE'] } })).toEqual([]);
    }
  });

  test.each([
    ['now', 0, 0, ['/ends_at']],
    ['in the past', -2 * DAY, -DAY, ['/ends_at']],
    ['before its start', 2 * DAY, DAY, ['/ends_at']],
    ['90 days after its start', 30 * DAY, 120 * DAY, []],
    ['a millisecond more', 30 * DAY, 120 * DAY + 1, ['/ends_at']],
    ['90 days from now, of one that began long ago', -80 * DAY, 90 * DAY, []],
    ['a millisecond more', -80 * DAY, 90 * DAY + 1, ['/ends_at']],
    ['soon after a start in 91 days', 91 * DAY, 91 * DAY + HOUR, ['/starts_at']],
  ])('may end %s: %#', (_, start, end, expected) => {
    expect(pointersOf({ startsAt: NOON + start, endsAt: NOON + end })).toEqual(expected);
    expect(pointersOf({ startsAt: NOON + start, endsAt: NOON + end, untilInSync: true })).toEqual(expected);
  });
});

describe('a new mute', () => {
  test('until in sync again needs something that is not in sync', () => {
    const untilInSync = { ...terms, untilInSync: true };
    expect(refusalOfNew(untilInSync, { current: 0, members: 0 })).toBe('in_sync');
    expect(refusalOfNew(untilInSync, { current: 0, members: 1 })).toBe(undefined);
    expect(refusalOfNew(terms, { current: 0, members: 0 })).toBe(undefined);
  });

  test('is refused if too many are not over', () => {
    expect(refusalOfNew(terms, { current: MAX_MUTES - 1, members: 0 })).toBe(undefined);
    expect(refusalOfNew(terms, { current: MAX_MUTES, members: 0 })).toBe('too_many');
  });
});

test('the targets of a mute until in sync again are chosen again only if it matches others', () => {
  const before = { ...terms, untilInSync: true, matchers: { repo: ['a'], labels: { b: ['1'], a: ['2'] } } };
  const same = { ...before, matchers: { labels: { a: ['2'], b: ['1'] }, repo: ['a'] } };
  expect(needsMembers(before, { ...same, reason: 'other', endsAt: NOON + DAY })).toBe(false);
  expect(needsMembers(before, { ...same, matchers: { repo: ['b'] } })).toBe(true);
  expect(needsMembers({ ...before, untilInSync: false }, same)).toBe(true);
  expect(needsMembers(before, { ...before, untilInSync: false })).toBe(false);
});
