import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob } from '../../src/domain/glob.ts';
import { grantErrors, mayReport, TOKEN_SCOPES, tokenState } from '../../src/domain/token.ts';
import { NOON } from '../fixtures.ts';

// Few letters, so that patterns and names often meet.
const repo = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '-'), maxLength: 12 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '-', '*'), maxLength: 8 });

describe('a pattern of repos', () => {
  test.each([
    ['team-a/*', 'team-a/web', true],
    ['team-a/*', 'team-a/web/api', true],
    ['team-a/*', 'team-a', false],
    ['team-a/*', 'team-ab/web', false],
    ['team-a/*', 'x/team-a/web', false],
    ['rsyslog', 'rsyslog', true],
    ['rsyslog', 'rsyslog-lab', false],
    ['rsyslog', 'Rsyslog', false],
    ['*', 'anything/at.all', true],
    ['*-config', 'web-config', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*ab*b', 'aab', false],
    ['a.b', 'axb', false],
  ])('%s matches %s: %s', (one, name, expected) => {
    expect(matchesGlob(one, name)).toBe(expected);
  });

  test('without a star matches that repo and no other', () => {
    fc.assert(fc.property(repo, repo, (a, b) => matchesGlob(a, b) === (a === b)));
  });

  test('matches whatever replaces its stars', () => {
    fc.assert(
      fc.property(pattern, fc.array(repo, { minLength: 8, maxLength: 8 }), (one, fillings) => {
        let i = 0;
        expect(
          matchesGlob(
            one,
            one.replaceAll('*', () => fillings[i++] ?? ''),
          ),
        ).toBe(true);
      }),
    );
  });

  test('matches what an anchored expression would, and nothing more', () => {
    fc.assert(
      fc.property(pattern, repo, (one, name) => {
        const literal = one.replace(/[./-]/g, '\\$&').replaceAll('*', '.*');
        return matchesGlob(one, name) === new RegExp(`^${literal}$`, 's').test(name);
      }),
      { numRuns: 2000 },
    );
  });

  test('takes time that grows with its size, not with the number of possible matches', () => {
    expect(matchesGlob(`${'*a'.repeat(120)}*b`, 'a'.repeat(250))).toBe(false);
  });
});

describe('a token', () => {
  const never = { expiresAt: undefined, revokedAt: undefined };

  test('is live until the instant at which it expires', () => {
    expect(tokenState(never, NOON)).toBe('live');
    expect(tokenState({ ...never, expiresAt: NOON + 1 }, NOON)).toBe('live');
    expect(tokenState({ ...never, expiresAt: NOON }, NOON)).toBe('expired');
  });

  test('is revoked permanently, even if it has expired since or the clock was turned back', () => {
    expect(tokenState({ expiresAt: NOON, revokedAt: NOON }, NOON + 1)).toBe('revoked');
    expect(tokenState({ ...never, revokedAt: NOON }, NOON - 1)).toBe('revoked');
  });

  test('may report about every repo, or those that it names, and only with the scope report', () => {
    expect(mayReport({ scopes: ['report'], repos: undefined }, 'web')).toBe(true);
    expect(mayReport({ scopes: ['report'], repos: ['db', 'w*'] }, 'web')).toBe(true);
    expect(mayReport({ scopes: ['report'], repos: ['db'] }, 'web')).toBe(false);
    expect(mayReport({ scopes: ['report'], repos: [] }, 'web')).toBe(false);
    for (const scope of TOKEN_SCOPES.filter((one) => one !== 'report')) {
      expect(mayReport({ scopes: [scope], repos: undefined }, 'web')).toBe(false);
    }
  });
});

describe('a grant that makes no sense is refused, in words:', () => {
  const grant = { name: 'ci', scopes: ['report'], repos: undefined } as const;

  test.each([
    [{ ...grant }, []],
    [{ ...grant, repos: ['team-a/*', '*'] }, []],
    [{ ...grant, scopes: [] }, [/needs a scope: report, read, act, admin/]],
    [{ ...grant, name: 'a b' }, [/"a b" cannot be the name/]],
    [{ ...grant, repos: [] }, [/leave it out/]],
    [{ ...grant, repos: ['team a', '/x'] }, [/"team a" can match no repo/, /"\/x" can match no repo/]],
    [{ ...grant, scopes: ['read'], repos: ['a'] }, [/give it the scope report/]],
    [{ ...grant, scopes: ['report', 'admin'], repos: ['a'] }, [/do not limit the scope admin/]],
    [{ ...grant, scopes: ['report', 'act'], repos: ['a'] }, [/do not limit the scope act/]],
  ] as const)('%j', (asked, errors) => {
    expect(grantErrors(asked)).toEqual(errors.map((words) => expect.stringMatching(words)));
  });
});
