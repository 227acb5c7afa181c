import { beforeAll, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { BROWSER, openPage } from './pages/page.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

// Parameters that other programs add to an address, or another spelling.

/** It is only asked. */
let at: TestService;
beforeAll(async () => {
  at = startService();
  await at.post([aBody(), aBody({ server: 'other' }), aBody({ repo: 'nginx' })]);
});

const ADDED = [
  'utm_source=chat',
  'fbclid=x&gclid=y',
  'style=flat',
  'v=2&_=1776772800',
  '__proto__=1',
  'utm_source=a&utm_source=b',
];
const LAB = 'repo=rsyslog&server=rsyslog-lab';

/** Every question of the contract, so that a new one is checked as well. */
const openapi = (await startService().json('/openapi.json')) as { paths: Record<string, { get?: object }> };
const QUESTIONS = Object.entries(openapi.paths)
  .filter(([path, { get }]) => get !== undefined && /^\/(?:api\/v1|grafana|status\.json)/.test(path))
  .map(([path]) => path.replace('{id}', '1').replace('{sha}', 'c0ffee1'));

describe.each(ADDED)('the parameters %s', (added) => {
  test.each([
    '/?',
    `/target?${LAB}&`,
    '/incidents?',
    '/file?name=a&',
    `/badge.svg?${LAB}&`,
    `/badge.json?${LAB}&`,
  ])('change nothing of %s', async (path) => {
    const bodyOf = async (url: string) => {
      const answer = await at.get(url, BROWSER);
      return { status: answer.status, body: await answer.text() };
    };
    expect(await bodyOf(`${path}${added}`)).toEqual({ ...(await bodyOf(path.slice(0, -1))), status: 200 });
  });

  test.each(QUESTIONS)('are refused by %s', async (path) => {
    const answer = await at.get(`${path}?${added}`);
    expect(answer.status).toBe(422);
    const names = new Set(new URLSearchParams(added).keys());
    expect(new Set((await problemOf(answer)).errors?.map(({ parameter }) => parameter))).toEqual(names);
  });
});

test.each(['/', '/incidents', '/file?name=a'])(
  'fields that a form sends empty change nothing of %s',
  async (path) => {
    const empty = 'q=&repo=&server=&state=&sort=&page=&status=&cause=&range=&cursor=';
    const page = await openPage(at, `${path}${path.includes('?') ? '&' : '?'}${empty}`);
    expect([page.status, page.html]).toEqual([200, (await openPage(at, path)).html]);
  },
);

describe('a target that is named only in part', () => {
  test.each([
    ['repo=rsyslog', ['other rsyslog', 'rsyslog-lab rsyslog']],
    ['repo=rsyslog&server=', ['other rsyslog', 'rsyslog-lab rsyslog']],
    ['server=rsyslog-lab', ['rsyslog-lab rsyslog', 'rsyslog-lab nginx']],
    ['repo=rsyslog,nginx&server=rsyslog-lab', ['rsyslog-lab rsyslog', 'rsyslog-lab nginx']],
    ['', ['other rsyslog', 'rsyslog-lab rsyslog', 'rsyslog-lab nginx']],
    ['repo=rsyslog&range=7d', ['other rsyslog', 'rsyslog-lab rsyslog']],
  ])('/target?%s lists the targets that match', async (query, targets) => {
    const page = await openPage(at, `/target?${query}`);
    expect(page.status).toBe(200);
    const named = page.links.flatMap((link) => {
      const of = new URLSearchParams(link.split('?')[1]);
      return link.startsWith('/target?') ? `${of.get('server')} ${of.get('repo')}` : [];
    });
    expect(new Set(named)).toEqual(new Set(targets));
  });

  test('is not found if nothing matches', async () => {
    const page = await openPage(at, '/target?repo=unheard-of');
    expect([page.status, page.text]).toEqual([
      404,
      expect.stringContaining('There is no target with repo=unheard-of.'),
    ]);
  });
});

describe('last_check', () => {
  test.each([
    ['2026-04-21 12:00:00Z', NOON],
    ['2026-04-21t14:00:00+02:00', NOON],
    ['2026-04-21T11:59:60z', NOON],
  ])('may be %s', async (last_check, moment) => {
    const answer = await startService().post(aBody({ last_check }));
    expect([answer.status, await answer.json()]).toEqual([
      201,
      expect.objectContaining({ last_check: iso(moment) }),
    ]);
  });

  test.each([
    ['2026-04-21T12:00:00+0200', 'a colon in the offset is missing'],
    ['2026-04-21T12:00:00', 'there is no offset: add Z'],
    ['2026-13-21T12:00:00Z', 'there is no month 13'],
    [1776772800, 'must be text, not a number'],
    [null, 'must be text, not null'],
    [['2026-04-21T12:00:00Z'], 'must be text, not a list'],
    [{}, 'must be text, not an object'],
    [true, 'must be text, not a boolean'],
  ])('%j is refused with what is wrong with it', async (last_check, words) => {
    for (const body of [aBody({ last_check }), [aBody({ last_check })]]) {
      const problem = await problemOf(await at.post(body));
      expect(problem.detail).toContain(words);
      expect(problem.errors).toMatchObject([{ pointer: expect.stringMatching(/\/last_check$/) }]);
    }
  });
});

describe('a requested instant', () => {
  let later: TestService;
  beforeAll(async () => {
    later = startService();
    await later.post(aBody());
    later.now = NOON + 2 * HOUR;
    await later.post(aDrift(['a'], { last_check: iso(NOON + HOUR), stale_after_s: 86_400 }));
  });
  const FIRST_REPORT = { state: 'SYNCED', last_check: iso(NOON) };

  test.each([
    [`${NOON / 1000}`],
    [`${NOON / 1000}.25`],
    [`${NOON / 1000 - 1}.999999`, []],
    [`${NOON}.75`],
    ['2026-04-21 12:00:00Z'],
    ['2026-04-21%2014:00:00%2B02:00'],
    ['2026-04-21T14:00:00+02:00'],
    ['2026-04-21+14:00:00.5+02:00'],
    ['2026-04-21T11:59:60Z'],
    ['now-2h'],
    ['now-120m'],
    ['now-7200s'],
    ['now-1d', []],
    ['now-1w', []],
    ['now-999999999w', []],
  ])('may be %s', async (instant, expected: object[] = [FIRST_REPORT]) => {
    expect(await later.json(`/status.json?${LAB}&at=${instant}`)).toMatchObject(expected);
  });

  test('may be now, at the end and at the beginning of a range', async () => {
    const seen = await later.json(`/api/v1/timeline?${LAB}&from=now-90m&to=now-30m`);
    expect(seen).toMatchObject([
      { state: 'STALE', from: iso(NOON + 30 * MINUTE) },
      { state: 'OUT_OF_SYNC', to: iso(NOON + 90 * MINUTE) },
    ]);
    expect(await later.json(`/api/v1/timeline?${LAB}&from=now&to=now`)).toEqual([]);
  });

  test.each([
    ['/api/v1/reports'],
    ['/api/v1/incidents'],
    ['/api/v1/files'],
    ['/api/v1/compliance'],
    ['/grafana/state'],
    ['/grafana/series'],
    ['/grafana/incidents'],
    ['/grafana/files'],
    ['/grafana/compliance'],
    ['/grafana/reports'],
    ['/grafana/annotations'],
    ['/grafana/summary'],
  ])('means the same to %s in all spellings', async (path) => {
    const from = [`${NOON + HOUR}`, `${(NOON + HOUR) / 1000}.0`, iso(NOON + HOUR), 'now-1h'];
    const answers = await Promise.all(from.map((one) => later.json(`${path}?from=${one}&to=now`)));
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  test.each([
    ['now-6', 'after now there must be a minus, a whole number and one of s, m, h, d, w'],
    ['now-1.5h', 'after now there must be a minus'],
    ['now-1h30m', 'after now there must be a minus'],
    ['now-6M', 'months and years have no fixed length'],
    ['now-7d/d', 'rounding with / is not supported'],
    ['now%2B1h', 'the future is not known'],
    ['now+1h', 'the future is not known'],
    ['NOW-6h', 'now must be in lower case'],
    ['-1', 'must not be negative'],
    ['1e9', 'must not have an exponent'],
    ['1776772800123456', 'more than 15 digits'],
    ['1.2.3', 'only digits, and a point before its fraction'],
    ['.5', 'only digits, and a point before its fraction'],
    ['2026-04-21', 'there is no time of day'],
    ['2026-04-21%2010:32', 'the seconds are missing'],
    ['2026-04-21T12:00:00', 'there is no offset'],
    ['2026-04-21T12:00:00+0200', 'a colon in the offset is missing: +02:00'],
    ['yesterday', 'must begin with a date'],
  ])('may not be %s: the answer has its name and the reason', async (instant, words) => {
    for (const [path, name] of [
      ['/status.json', 'at'],
      ['/api/v1/timeline', 'from'],
      ['/grafana/state', 'to'],
    ]) {
      const problem = await problemOf(await later.get(`${path}?${name}=${instant}`));
      expect(problem.detail).toContain(`${name}: must be RFC 3339, epoch seconds or milliseconds, or now-6h`);
      expect(problem.errors).toEqual([{ parameter: name, detail: expect.stringContaining(words) }]);
    }
  });

  test.each(['from=now&to=now-1h', `from=now-1h&to=${NOON}`, `from=${NOON + 3 * HOUR}&to=now`])(
    '%s is backwards',
    async (range) => {
      const problem = await problemOf(await later.get(`/api/v1/reports?${range}`));
      expect(problem.errors).toEqual([{ parameter: 'from', detail: 'must not be after to' }]);
    },
  );
});
