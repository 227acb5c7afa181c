import { expect, test } from 'vitest';
import type { Session } from '../../src/store/postgres/session.ts';
import { Versions } from '../../src/store/postgres/versions.ts';

/** A database that answers when the test says so. */
function aSlowDatabase() {
  const asked: ((rows: never[]) => void)[] = [];
  const session: Session = { all: () => new Promise<never[]>((resolve) => asked.push(resolve)) };
  return {
    versions: new Versions({ session, close: async () => undefined }).queries(),
    asked,
    /** The statement says of which type its rows are. */
    answer: (place: number, version: string) => asked[place]?.([{ version }] as never[]),
  };
}

test('a version is read after it was asked for, by one read for all that ask meanwhile', async () => {
  const { versions, asked, answer } = aSlowDatabase();
  const first = versions.latestVersion();
  const later = [versions.latestVersion(), versions.latestVersion()];
  expect(asked).toHaveLength(1);
  answer(0, 'before');
  expect(await first).toBe('before');
  await expect.poll(() => asked.length).toBe(2);
  answer(1, 'after');
  expect(await Promise.all(later)).toEqual(['after', 'after']);
});
