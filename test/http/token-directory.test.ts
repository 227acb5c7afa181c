import { expect, test } from 'vitest';
import { createTokenDirectory } from '../../src/http/auth/token-directory.ts';
import type { StoredToken } from '../../src/store/token-store.ts';
import { NOON } from '../fixtures.ts';

const aToken = (name: string): StoredToken => ({
  name,
  sha256: name.padEnd(64, '0'),
  scopes: ['read'],
  repos: undefined,
  createdAt: NOON,
  expiresAt: undefined,
  revokedAt: undefined,
  lastUsedAt: undefined,
});

test('a new token works at once, even if the tokens are being read already', async () => {
  const answers: ((tokens: readonly StoredToken[]) => void)[] = [];
  const list = () => new Promise<readonly StoredToken[]>((resolve) => answers.push(resolve));
  const directory = createTokenDirectory({
    store: { list, everHadAny: async () => true, markUsed: async () => true },
    clock: () => NOON,
  });
  const [old, fresh] = [aToken('a'), aToken('b')];
  const first = directory.everHadAny();
  answers[0]?.([old]);
  expect(await first).toBe(true);

  // Somebody else asks, and the store answers with the state before the token was made.
  const other = directory.find('f'.repeat(64), { afresh: true });
  await expect.poll(() => answers.length).toBe(2);
  const found = directory.find(fresh.sha256, { afresh: true });
  answers[1]?.([old]);
  expect(await other).toBeUndefined();
  await expect.poll(() => answers.length).toBe(3);
  answers[2]?.([old, fresh]);
  expect(await found).toEqual(fresh);
});
