import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../service.ts';
import { aToken } from '../tokens.ts';
import { fieldsOf, fillForm, sendForm } from './form.ts';
import { BROWSER, openPage } from './page.ts';

let at: TestService;
beforeEach(async () => {
  at = startService();
  await at.post(aDrift(['a']));
});

const LAB = 'repo=rsyslog&server=rsyslog-lab';
const ACKNOWLEDGE = { page: `/target/acknowledge?${LAB}`, action: `/target/acknowledge?${LAB}` };
const RETIRE = { page: `/target/retire?${LAB}`, action: `/target/retire?${LAB}` };

describe('on the page of a target', () => {
  test('its open incident is acknowledged; that is shown, changed and ended', async () => {
    const links = (await openPage(at, `/target?${LAB}`)).links;
    expect(links).toEqual(expect.arrayContaining([`/mutes/new?${LAB}`, ACKNOWLEDGE.page, RETIRE.page]));
    const answer = await fillForm(at, ACKNOWLEDGE, { by: 'alice', note: 'on it' });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, `/target?${LAB}`]);
    at.now += MINUTE;
    const words = 'acknowledged by alice (name not verified)';
    for (const path of [`/target?${LAB}`, '/incidents', '/file?name=a'])
      expect((await openPage(at, path)).text).toContain(`${words} 1 min ago: on it`);
    for (const path of ['/', '/?view=list']) {
      const { text, html } = await openPage(at, path);
      expect(text).toContain(`${words}; The`);
      expect(html).toMatch(/title="on it; the /);
    }
    const page = await openPage(at, `/target?${LAB}`);
    const action = `/target/acknowledgement-end?${LAB}`;
    const ended = await sendForm(at, { action, fields: fieldsOf(page, action) });
    expect([ended.status, ended.headers.get('Location')]).toEqual([303, `/target?${LAB}`]);
    expect(await at.json('/api/v1/incidents')).toMatchObject([{ acknowledgement: null }]);
  });

  test.each([
    [{ by: '', note: 'on it' }, 'by', 'Say who you are'],
    [{ by: 'alice', note: 'x'.repeat(1001) }, 'note', 'must be at most 1000 characters'],
  ])(
    'an acknowledgement is refused beside its field, and what was typed stays: %#',
    async (typed, name, words) => {
      const answer = await fillForm(at, ACKNOWLEDGE, typed);
      const html = await answer.text();
      expect(answer.status).toBe(422);
      expect(new RegExp(`id="${name}-fault">([^<]*)`).exec(html)?.[1]).toContain(words);
      const kept = fieldsOf({ html } as Parameters<typeof fieldsOf>[0], ACKNOWLEDGE.action);
      expect([kept.get('by'), kept.get('note')]).toEqual([typed.by, typed.note]);
      expect(await at.json('/api/v1/incidents')).toMatchObject([{ acknowledgement: null }]);
    },
  );

  test('an incident that has ended meanwhile is not acknowledged', async () => {
    const fields = fieldsOf(await openPage(at, ACKNOWLEDGE.page), ACKNOWLEDGE.action);
    at.now += MINUTE;
    await at.post(aBody({ last_check: iso(at.now) }));
    const answer = await sendForm(at, { action: ACKNOWLEDGE.action, fields }, { by: 'alice' });
    expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining('is resolved')]);
    expect((await openPage(at, ACKNOWLEDGE.page)).status).toBe(409);
  });

  test('it is retired: it is gone, its history stays, and the actor is known', async () => {
    expect((await openPage(at, RETIRE.page)).text).toContain('Its history stays.');
    at.now = NOON + MINUTE;
    const answer = await fillForm(at, RETIRE, { by: 'alice' });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/']);
    expect(await at.json('/api/v1/status')).toEqual([]);
    expect(await at.service.store.actions({}, { from: 0, to: NOON * 2 }, {})).toMatchObject([
      { what: 'target_deleted', actor: { name: 'alice', verified: false }, server: 'rsyslog-lab' },
    ]);
    at.now += MINUTE;
    await at.post(aBody({ last_check: iso(at.now) }));
    expect(await at.json('/api/v1/incidents')).toMatchObject([{ opened_at: iso(NOON) }]);
  });

  test('an unknown target cannot be retired, nor can a nameless person retire one', async () => {
    expect((await openPage(at, '/target/retire?repo=a&server=b')).status).toBe(404);
    const fields = new URLSearchParams();
    expect((await sendForm(at, { action: '/target/retire?repo=a&server=b', fields })).status).toBe(404);
    expect((await sendForm(at, { action: '/target/retire', fields })).status).toBe(422);
  });
});

describe('forms and their senders', () => {
  test('need the scope act, and have the name of the token', async () => {
    const [reader, actor] = [
      aToken({ name: 'reader', scopes: ['read'] }),
      aToken({ name: 'actor', scopes: ['act'] }),
    ];
    at.service.tokens.declare([reader.token, actor.token]);
    const fields = new URLSearchParams({ incident: '1', by: 'x' });
    const send = (headers: Record<string, string>) =>
      at.service.app.request(ACKNOWLEDGE.action, {
        method: 'POST',
        headers: { ...BROWSER, ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: fields.toString(),
      });
    expect([(await send({})).status, (await send(reader.bearer)).status]).toEqual([401, 403]);
    expect((await send(actor.bearer)).status).toBe(303);
    expect(await at.service.store.acknowledgementOf(1)).toMatchObject({
      acknowledgement: { by: { name: 'actor', verified: true } },
    });
  });

  test('from another site are refused, and pages let browsers say that a form is theirs', async () => {
    const fields = new URLSearchParams();
    const send = (origin: string) =>
      at.service.app.request(RETIRE.action, {
        method: 'POST',
        headers: { ...BROWSER, Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: fields.toString(),
      });
    for (const origin of ['https://evil.example', 'null']) expect((await send(origin)).status).toBe(403);
    // With `no-referrer`, browsers send the forms of a page with `Origin: null`.
    const page = await at.get(RETIRE.page, BROWSER);
    expect(page.headers.get('Referrer-Policy')).toBe('same-origin');
    expect((await send('http://localhost')).status).toBe(303);
  });

  test('that are refused look like a page', async () => {
    const answer = await fillForm(at, ACKNOWLEDGE, { by: '' });
    expect(answer.headers.get('Content-Security-Policy')).toContain("style-src 'self'");
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  });
});
