import { describe, expect, test } from 'vitest';
import type { TokenStore } from '../../src/store/token-store.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';

/** Two token stores on the same data, as two processes have them. */
type StartTokens = () => Promise<{ tokens: TokenStore; others: TokenStore }>;

export function aStoredToken(name: string, sha256 = name.charCodeAt(0).toString(16).padStart(64, '0')) {
  return {
    name,
    sha256,
    scopes: ['report'],
    repos: undefined,
    createdAt: NOON,
    expiresAt: undefined,
  } as const;
}

/** What every adapter promises about tokens. */
export function describeTokenStore(name: string, start: StartTokens): void {
  describe(`tokens in ${name}`, () => {
    test('are stored as they were made, for this process and for others', async () => {
      const { tokens, others } = await start();
      const limited = { ...aStoredToken('b'), repos: ['team-a/*'], expiresAt: NOON + HOUR };
      await tokens.add(aStoredToken('a'));
      await others.add({ ...limited, scopes: ['report', 'read'] });
      const unused = { revokedAt: undefined, lastUsedAt: undefined };
      for (const store of [tokens, others]) {
        expect(await store.list()).toEqual([
          { ...aStoredToken('a'), ...unused },
          { ...limited, scopes: ['report', 'read'], ...unused },
        ]);
      }
    });

    test('have a unique name, until they are revoked', async () => {
      const { tokens, others } = await start();
      await tokens.add(aStoredToken('ci'));
      await expect(others.add(aStoredToken('ci', 'f'.repeat(64)))).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringMatching(/a token ci already: revoke it first, or, .* choose another name/),
      });
      await tokens.revoke('ci', NOON);
      await others.add(aStoredToken('ci', 'f'.repeat(64)));
      expect((await tokens.list()).map(({ revokedAt }) => revokedAt)).toEqual([NOON, undefined]);
    });

    test('are revoked once, and stay so', async () => {
      const { tokens, others } = await start();
      await tokens.add(aStoredToken('ci'));
      expect(await others.revoke('ci', NOON)).toBe(true);
      expect(await tokens.revoke('ci', NOON + HOUR)).toBe(false);
      expect(await tokens.revoke('nobody', NOON)).toBe(false);
      expect(await tokens.list()).toMatchObject([{ name: 'ci', revokedAt: NOON }]);
    });

    test('have the time of their last use', async () => {
      const { tokens, others } = await start();
      for (const name of ['a', 'b']) await tokens.add(aStoredToken(name));
      expect(await tokens.markUsed(aStoredToken('b').sha256, NOON + MINUTE)).toBe(true);
      expect(await others.list()).toMatchObject([
        { name: 'a', lastUsedAt: undefined },
        { name: 'b', lastUsedAt: NOON + MINUTE },
      ]);
    });
  });
}
