import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const LAB = 'repo=rsyslog&server=rsyslog-lab';

describe('the badge of a target', () => {
  test.each([
    ['in sync', aBody(), { message: 'in sync', color: 'brightgreen' }],
    ['drifted', aDrift(['a', 'b']), { message: 'drifted (2)', color: 'red' }],
    [
      'not known',
      aBody({ sync_status: 'UNKNOWN', error: 'unreachable' }),
      { message: 'unknown', color: 'orange' },
    ],
    ['silent', aBody({ last_check: iso(NOON - 11 * MINUTE) }), { message: 'stale', color: 'lightgrey' }],
  ])('that is %s says so', async (_, body, says) => {
    await at.post(body);
    expect(await at.json(`/badge.json?${LAB}`)).toEqual({ schemaVersion: 1, label: 'rsyslog-lab', ...says });
    const svg = await at.get(`/badge.svg?${LAB}`);
    expect(svg.headers.get('Content-Type')).toBe('image/svg+xml; charset=utf-8');
    expect(await svg.text()).toContain(`aria-label="rsyslog-lab: ${says.message}"`);
  });

  test('that was never reported says so', async () => {
    const none = { schemaVersion: 1, label: 'rsyslog-lab', message: 'no such target', color: 'lightgrey' };
    expect(await at.json(`/badge.json?${LAB}`)).toEqual(none);
    expect((await at.get(`/badge.svg?${LAB}`)).status).toBe(200);
  });
});

describe('the badge of a repo', () => {
  test('is the worst of its servers', async () => {
    const message = async () => ((await at.json('/badge.json?repo=rsyslog')) as { message: string }).message;
    await at.post(aBody({ server: 'a' }));
    expect(await message()).toBe('in sync');
    await at.post(aBody({ server: 'b', last_check: iso(NOON - 11 * MINUTE) }));
    expect(await message()).toBe('stale');
    await at.post(aBody({ server: 'c', sync_status: 'UNKNOWN' }));
    expect(await message()).toBe('unknown');
    await at.post([aDrift(['a'], { server: 'd' }), aDrift(['a', 'b'], { server: 'e' })]);
    expect(await message()).toBe('drifted (2)');
    await at.post(aDrift(['a', 'b', 'c'], { repo: 'another' }));
    expect(await message()).toBe('drifted (2)');
  });
});

describe('a badge', () => {
  test('is cached for a minute, but never past the instant at which its target goes stale', async () => {
    const cacheControl = async () => (await at.get(`/badge.svg?${LAB}`)).headers.get('Cache-Control');
    await at.post(aBody());
    expect(await cacheControl()).toBe('public, max-age=60');
    at.now += 10 * MINUTE - 7500;
    expect(await cacheControl()).toBe('public, max-age=7');
    at.now += 7500;
    expect(await cacheControl()).toBe('public, max-age=60');
  });

  test.each(['/badge.svg', '/badge.json'])('%s is not sent again while it says the same', async (path) => {
    await at.post(aBody());
    const etag = (await at.get(`${path}?${LAB}`)).headers.get('ETag') ?? '';
    expect((await at.get(`${path}?${LAB}`, { 'If-None-Match': etag })).status).toBe(304);
    await at.post(aDrift(['a'], { last_check: iso(NOON + 1) }));
    expect((await at.get(`${path}?${LAB}`, { 'If-None-Match': etag })).status).toBe(200);
  });

  test.each(['', 'server=rsyslog-lab', 'repo=a,b', 'repo=a&repo=b'])('is refused for %j', async (query) => {
    expect(await problemOf(await at.get(`/badge.svg?${query}`))).toMatchObject({ status: 422 });
  });
});
