import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasLeft, mutedBy, muteState, mutesHoldUntil } from '../../src/domain/mute.ts';
import type { Matchers } from '../../src/domain/notify/matchers.ts';
import { CONDITIONS } from '../../src/domain/notify/message.ts';
import { DAY, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aMute, aSubject, LAB } from './mutes.ts';

const isMuted = (matchers: Matchers, subject: Parameters<typeof aSubject>[0]) =>
  mutedBy([aMute({ matchers })], aSubject(subject), NOON) !== undefined;

describe('a mute matches', () => {
  test.each<[Matchers, boolean]>([
    [{ repo: ['rsyslog'] }, true],
    [{ repo: ['rsys*'], server: ['*-lab'] }, true],
    [{ repo: ['rsyslog'], server: ['other'] }, false],
    [{ repo: ['nginx', 'rsyslog'] }, true],
    [{ repo: ['!nginx'] }, true],
    [{ repo: ['!rsyslog'] }, false],
    [{ labels: { env: ['lab'] } }, true],
    [{ labels: { env: ['lab'], team: ['core'] } }, false],
    [{ labels: { team: [''] } }, true],
    [{ state: ['OUT_OF_SYNC'] }, true],
    [{ state: ['STALE'] }, false],
    [{ cause: ['host_changed'] }, true],
    [{ cause: ['commit_not_applied', ''] }, false],
    [{ file: ['a'], cause: ['host_changed'], repo: ['rsyslog'] }, true],
    [{ file: ['a'], cause: ['host_changed'], repo: ['nginx'] }, false],
  ])('like a route, with all of its matchers: %j is %s', (matchers, expected) => {
    const incident = {
      cause: 'host_changed',
      files: { names: ['a'], isCut: false },
      unnamed: false,
    } as const;
    expect(isMuted(matchers, { labels: { env: 'lab' }, incident })).toBe(expected);
  });

  test.each(CONDITIONS)('with only a repo also %s', (condition) => {
    expect(isMuted({ repo: ['rsyslog'] }, { condition, incident: undefined })).toBe(true);
  });

  test.each(CONDITIONS.filter((condition) => condition !== 'drift'))(
    'with file or cause only incidents, never %s, even with an incident open beside it',
    (condition) => {
      for (const matchers of [{ file: ['*'] }, { cause: ['*'] }, { file: ['*'], cause: ['*'] }])
        expect(isMuted(matchers, { condition, files: ['a'] })).toBe(false);
    },
  );

  test.each([
    ['all of its files match', { names: ['a', 'b'], isCut: false }, false, true],
    ['one of them does not', { names: ['a', 'c'], isCut: false }, false, false],
    ['it names none', { names: [], isCut: false }, false, false],
    ['the list is cut', { names: ['a'], isCut: true }, false, false],
    ['a finding of it counted more than it named', { names: ['a'], isCut: false }, true, false],
  ])('with file an incident if %s', (_, files, unnamed, expected) => {
    const incident = { cause: undefined, files, unnamed };
    expect(isMuted({ file: ['a', 'b'] }, { incident })).toBe(expected);
    // Without `file`, unknown files do not matter.
    expect(isMuted({ repo: ['rsyslog'] }, { incident })).toBe(true);
  });

  test('with an excluded file no incident that has it', () => {
    expect(isMuted({ file: ['!b'] }, { files: ['a'] })).toBe(true);
    expect(isMuted({ file: ['!b'] }, { files: ['a', 'b'] })).toBe(false);
    expect(isMuted({ file: ['*', '!b'] }, { files: ['b'] })).toBe(false);
  });

  test('a target without a problem, if it is about the whole target', () => {
    const fine = { condition: undefined, incident: undefined };
    expect(isMuted({ server: ['rsyslog-lab'] }, fine)).toBe(true);
    for (const more of [{ file: ['*'] }, { cause: ['*'] }, { state: ['*'] }])
      expect(isMuted({ server: ['rsyslog-lab'], ...more }, fine)).toBe(false);
  });

  test('no more than it names if another file drifts as well', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'conf.d/c', 'conf.d/d', 'e'));
    const patterns = fc.array(fc.constantFrom('a', 'b', 'conf.d/*', '!e', '*'), { minLength: 1 });
    fc.assert(
      fc.property(names, names, patterns, (files, more, file) => {
        if (isMuted({ file }, { files: [...new Set([...files, ...more])] }) && files.length > 0)
          expect(isMuted({ file }, { files })).toBe(true);
      }),
    );
  });
});

describe('a mute is in force', () => {
  const mute = aMute({ startsAt: NOON + HOUR, endsAt: NOON + DAY });

  test.each([
    [NOON, 'scheduled'],
    [NOON + HOUR - 1, 'scheduled'],
    [NOON + HOUR, 'active'],
    [NOON + DAY - 1, 'active'],
    [NOON + DAY, 'ended'],
  ])('at %i: %s', (at, state) => {
    expect(muteState(mute, at)).toBe(state);
    expect(mutedBy([mute], aSubject(), at) !== undefined).toBe(state === 'active');
  });

  test('until it is ended, even before it began', () => {
    expect(muteState({ ...mute, endedAt: NOON + 2 * HOUR }, NOON + 2 * HOUR - 1)).toBe('active');
    expect(muteState({ ...mute, endedAt: NOON + 2 * HOUR }, NOON + 2 * HOUR)).toBe('ended');
    expect(muteState({ ...mute, endedAt: NOON }, NOON)).toBe('ended');
  });

  test('and the one that lasts longest of several is shown', () => {
    const [short, long] = [aMute({ id: 1, endsAt: NOON + HOUR }), aMute({ id: 2 })];
    for (const mutes of [
      [short, long],
      [long, short],
    ])
      expect(mutedBy(mutes, aSubject(), NOON)?.id).toBe(2);
    expect(mutedBy([short, { ...long, matchers: { repo: ['x'] } }], aSubject(), NOON)?.id).toBe(1);
  });

  test('and the next change of that is known', () => {
    const other = aMute({ endsAt: NOON + 2 * HOUR });
    expect(mutesHoldUntil([mute, other], NOON)).toBe(NOON + HOUR);
    expect(mutesHoldUntil([mute, other], NOON + HOUR)).toBe(NOON + 2 * HOUR);
    expect(mutesHoldUntil([mute, other], NOON + DAY)).toBe(Number.POSITIVE_INFINITY);
    expect(mutesHoldUntil([], NOON)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a mute until in sync again', () => {
  const member = { checkedAt: NOON, lastSyncedAt: NOON - HOUR };
  const mute = aMute({
    untilInSync: true,
    members: new Map([[`${LAB.repo} ${LAB.server}`, member]]),
  });

  test('ends for the targets that it was made for, and for no others', () => {
    expect(mutedBy([mute], aSubject({ lastSyncedAt: NOON - HOUR }), NOON)).toBe(mute);
    expect(mutedBy([mute], aSubject({ target: { ...LAB, server: 'other' } }), NOON)).toBe(undefined);
  });

  test.each([
    ['nothing new', { checkedAt: NOON, lastSyncedAt: NOON - HOUR }, NOON - HOUR, false],
    ['a SYNCED report after its newest one', member, NOON + MINUTE, true],
    // Its check ended before the mute was made, and it arrived after that.
    ['one that was checked before the mute was made', { ...member, checkedAt: NOON - HOUR }, NOON - 1, true],
    ['one of the same instant, which came later', member, NOON, true],
    ['a late one from before', member, NOON - MINUTE, false],
    ['its first one at all', { checkedAt: NOON, lastSyncedAt: undefined }, NOON + MINUTE, true],
    ['its first report', { checkedAt: undefined, lastSyncedAt: undefined }, NOON - DAY, true],
    ['no report yet', { checkedAt: undefined, lastSyncedAt: undefined }, undefined, false],
    ['silence since a SYNCED one', { checkedAt: NOON, lastSyncedAt: NOON }, NOON, false],
  ])('after %s: whether a target leaves it, %#', (_, before, lastSyncedAt, expected) => {
    expect(hasLeft(before, lastSyncedAt)).toBe(expected);
    const members = new Map([[`${LAB.repo} ${LAB.server}`, before]]);
    expect(mutedBy([{ ...mute, members }], aSubject({ lastSyncedAt }), NOON) === undefined).toBe(expected);
  });
});
