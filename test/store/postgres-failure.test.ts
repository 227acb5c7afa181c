import pg from 'pg';
import { expect, test } from 'vitest';
import { failureOf, guardRead, unavailable } from '../../src/store/postgres/failure.ts';

test('a write is tried again if a read on another connection does not reach PostgreSQL', async () => {
  const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const failure = await guardRead(() => Promise.reject(lost)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'unavailable', cause: lost });
  expect(failureOf(failure)).toBe('conflict');
});

const coded = (error: Error, code: string) => Object.assign(error, { code });

test.each([
  ['a name that cannot be resolved now', coded(new Error('getaddrinfo EAI_AGAIN db'), 'EAI_AGAIN')],
  [
    'a login that is refused',
    coded(new pg.DatabaseError('password authentication failed', 1, 'error'), '28P01'),
  ],
  [
    'a database that is not there',
    coded(new pg.DatabaseError('database "a" does not exist', 1, 'error'), '3D000'),
  ],
])('%s is a lost connection at a running server', (_, error) => {
  expect(failureOf(error)).toBe('lost');
});

test('a certificate that is wrong stays wrong', () => {
  expect(failureOf(coded(new Error('unable to verify'), 'ERR_TLS_CERT_ALTNAME_INVALID'))).toBe('bug');
});

test('a login that is refused is named, without what the server says of it', () => {
  const refused = coded(
    new pg.DatabaseError('password authentication failed for user "x"', 1, 'error'),
    '28P01',
  );
  expect(unavailable(refused).message).toMatch(/refuses the login or the name of the database\.$/);
});
