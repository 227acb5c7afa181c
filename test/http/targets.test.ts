import { describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

const drop = (at: TestService, query: string) =>
  at.service.app.request(`/api/v1/targets?${query}`, { method: 'DELETE' });

describe('a target', () => {
  const query = 'repo=rsyslog&server=rsyslog-lab';

  test('can be deleted: what is asked about now no longer has it, and a new report brings it back', async () => {
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
  ])('that is not there cannot be deleted%s, and the answer says why', async (purge, words) => {
    const at = startService();
    const store = { ...at.service.store, deleteTarget: async () => false };
    const answer = await at
      .appWith({ store })
      .request(`/api/v1/targets?${query}${purge}`, { method: 'DELETE' });
    expect(await problemOf(answer)).toMatchObject({ status: 404, detail: expect.stringContaining(words) });
  });

  test('can be purged, also where it was deleted before, and then starts anew', async () => {
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
  ])('is not guessed from %j, nor what is to be done to it', async (asked) => {
    expect((await drop(startService(), asked)).status).toBe(422);
  });
});
