import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';
import { aToken } from './tokens.ts';

let at: TestService;
beforeEach(async () => {
  at = startService();
  await at.post(aDrift(['a']));
});

const PATH = '/api/v1/incidents/1/acknowledgement';
const put = (body: object | string, headers = {}, path = PATH) =>
  at.service.app.request(path, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const end = (path = PATH) => at.service.app.request(path, { method: 'DELETE' });

describe('an acknowledgement', () => {
  const row = { by: 'alice', by_verified: false, note: 'on it', at: iso(NOON) };

  test('is shown wherever its incident is shown', async () => {
    const answer = await put({ by: 'alice', note: 'on it' });
    expect([answer.status, await answer.json()]).toEqual([201, { incident_id: 1, ...row, in_force: true }]);
    expect(await at.json(PATH)).toEqual({ incident_id: 1, ...row, in_force: true });
    expect(await at.json('/api/v1/status')).toMatchObject([{ incident: { id: 1, acknowledgement: row } }]);
    expect(await at.json('/api/v1/incidents')).toMatchObject([{ id: 1, acknowledgement: row }]);
    for (const path of ['/grafana/status', '/grafana/incidents'])
      expect(await at.json(path)).toMatchObject([{ acknowledged_by: 'alice' }]);
    const { rows } = (await at.json('/api/v1/events?format=json&after=2')) as { rows: unknown[] };
    expect(rows).toMatchObject([
      {
        kind: 'action',
        actor: 'alice',
        server: 'rsyslog-lab',
        incident: { id: 1 },
        detail: { what: 'acknowledged', note: 'on it', verified: false },
      },
    ]);
  });

  test('can be replaced and ended', async () => {
    await put({ by: 'alice', note: 'on it' });
    at.now += MINUTE;
    const changed = await put({ by: 'bob' });
    expect([changed.status, await changed.json()]).toMatchObject([200, { by: 'bob', note: null }]);
    expect(await (await end()).json()).toEqual({ incident_id: 1 });
    expect(await at.json('/api/v1/incidents')).toMatchObject([{ acknowledgement: null }]);
    expect(await problemOf(await at.get(PATH))).toMatchObject({ status: 404 });
    expect(await problemOf(await end())).toMatchObject({ status: 404 });
  });

  test('ends with its incident, and stays in its answers', async () => {
    await put({ by: 'alice' });
    at.now += MINUTE;
    await at.post(aBody({ last_check: iso(at.now) }));
    expect(await at.json(PATH)).toMatchObject({ by: 'alice', in_force: false });
    expect(await at.json('/api/v1/status')).toMatchObject([{ incident: null }]);
    expect(await problemOf(await put({ by: 'bob' }))).toMatchObject({
      status: 409,
      detail: 'The incident 1 is resolved, so it cannot be acknowledged.',
    });
  });

  test('has the name of the token, not the typed one, and without a token needs a name', async () => {
    expect(await problemOf(await put({}))).toMatchObject({ status: 422, errors: [{ parameter: 'by' }] });
    const token = aToken({ name: 'chatops', scopes: ['act'] });
    at.service.tokens.declare([token.token]);
    expect(await (await put({ by: 'alice' }, token.bearer)).json()).toMatchObject({
      by: 'chatops',
      by_verified: true,
    });
  });

  test('is refused for an unknown incident, or with unknown fields', async () => {
    for (const id of ['7', 'x', '0'])
      expect((await put({ by: 'a' }, {}, `/api/v1/incidents/${id}/acknowledgement`)).status).toBe(404);
    expect(await problemOf(await put({ by: 'a', who: 'me' }))).toMatchObject({ status: 422 });
    expect(await problemOf(await put({ by: 'a', note: 'x'.repeat(1001) }))).toMatchObject({
      errors: [{ pointer: '/note', detail: 'must be at most 1000 characters' }],
    });
    expect((await put('{')).status).toBe(400);
  });

  test('changes nothing else', async () => {
    at.now += MINUTE;
    const paths = ['/api/v1/timeline', '/api/v1/compliance', '/api/v1/files', '/api/v1/reports'];
    const ask = async () => Promise.all(paths.map((path) => at.json(path)));
    const before = await ask();
    await put({ by: 'alice' });
    expect(await ask()).toEqual(before);
    expect(await at.json('/api/v1/status')).toMatchObject([{ state: 'OUT_OF_SYNC', muted: null }]);
  });
});
