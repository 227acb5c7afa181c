import { expect, test } from 'vitest';
import { failureOf, guardRead } from '../../src/store/postgres/failure.ts';

test('a write is tried again if a read on another connection does not reach PostgreSQL', async () => {
  const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const failure = await guardRead(() => Promise.reject(lost)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'unavailable', cause: lost });
  expect(failureOf(failure)).toBe('conflict');
});
