import { describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

const drop = (at: TestService, query: string) =>
  at.service.app.request(`/api/v1/targets?${query}`, { method: 'DELETE' });

describe('a target', () => {
  const query = 'repo=rsyslog&server=rsyslog-lab';

  test('can be deleted: answers about now no longer have it, and a new report brings it back', async () => {
    const at = startService();
    await at.post(aDrift(['a']));
    expect(await (await drop(at, query)).json()).toEqual({ repo: 'rsyslog', server: 'rsyslog-lab' });
    for (const path of ['/status.json', '/api/v1/incidents']) expect(await at.json(path)).toEqual([]);
    at.now += MINUTE;
    await at.post(aBody({ last_check: iso(at.now) }));
    expect(await at.json('/status.json')).toMatchObject([{ state: 'SYNCED' }]);
    expect(await at.json('/api/v1/incidents')).toMatchObject([
      { opened_at: iso(NOON), resolved_at: iso(at.now) },
    ]);
  });

  test.each([
    ['', 'or it is already deleted'],
    ['&purge=true', 'There is no target'],
  ])('that does not exist cannot be deleted%s, and the answer says why', async (purge, words) => {
    const at = startService();
    const store = { ...at.service.store, deleteTarget: async () => false };
    const answer = await at
      .appWith({ store })
      .request(`/api/v1/targets?${query}${purge}`, { method: 'DELETE' });
    expect(await problemOf(answer)).toMatchObject({ status: 404, detail: expect.stringContaining(words) });
  });

  test('can be purged, even after it was deleted, and then starts again', async () => {
    const at = startService();
    await at.post(aDrift(['a']));
    await drop(at, query);
    expect((await drop(at, `${query}&purge=true`)).status).toBe(200);
    expect((await drop(at, `${query}&purge=true`)).status).toBe(404);
    expect(await (await at.post(aDrift(['a']))).json()).toMatchObject({ recorded: 'new', change: 'first' });
  });

  test.each([
    ['repo=rsyslog'],
    ['server=rsyslog-lab'],
    [''],
    ['repo=a&repo=b&server=c'],
    [`${query}&purge=yes`],
    [`${query}&purge`],
  ])('is refused for %j', async (asked) => {
    expect((await drop(startService(), asked)).status).toBe(422);
  });
});
