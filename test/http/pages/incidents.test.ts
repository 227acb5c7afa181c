import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { minute } from '../report-day.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

let at: TestService;
beforeEach(async () => {
  at = startService();
  at.now = NOON + HOUR;
  const onProd = (fields: object) => ({ server: 'prod', commit: 'a', ...fields });
  await at.post([
    aBody({ commit: 'a', last_check: minute(0) }),
    aDrift(['x'], { commit: 'a', last_check: minute(10) }),
    aBody({ commit: 'a', last_check: minute(20) }),
    aDrift(['x', 'y'], { commit: 'a', last_check: minute(30) }),
    aBody({ commit: 'b', last_check: minute(34) }),
    aDrift(['w'], { commit: 'c', last_check: minute(40) }),
    aBody({ commit: 'c', last_check: minute(50) }),
    aDrift(['z'], onProd({ last_check: minute(5) })),
  ]);
});

const linesOf = async (query = '') =>
  (await openPage(at, `/incidents${query}`)).rowsOf('by target and cause');
const opened = async (query = '') =>
  (await openPage(at, `/incidents?each=true${query}`))
    .rowsOf('Each incident')
    .map(([, when = '']) => when.slice(-5));

describe('the incidents', () => {
  test('are a line for each target and cause, open first, then the newest', async () => {
    expect((await linesOf()).map(([state, target, what, cause]) => [state, target, what, cause])).toEqual([
      ['Open', 'prod rsyslog', 'z', 'cause unknown'],
      ['Resolved', 'rsyslog-lab rsyslog', 'w', 'commit not applied'],
      ['Resolved', 'rsyslog-lab rsyslog', '2×, median 7 min: x +1', 'host changed'],
    ]);
  });

  test('say what resolved them, a commit or a hand, and how long they are open or when they ended', async () => {
    expect((await linesOf()).map(([, , , , resolved, time]) => [resolved, time])).toEqual([
      ['', '55 min'],
      ['by hand', '12:50'],
      ['by commit 1×, by hand 1×', '12:34'],
    ]);
    const each = (await openPage(at, '/incidents?each=true')).rowsOf('Each incident');
    expect(each.map(([, , , , , resolved, lasted]) => [resolved, lasted])).toEqual([
      ['', '55 min'],
      ['by hand', '10 min'],
      ['by b', '4 min'],
      ['by hand', '10 min'],
    ]);
  });

  test('resolved without reported commits have no known cause of resolution', async () => {
    await at.post([
      aDrift(['v'], { server: 'bare', last_check: minute(51) }),
      aBody({ server: 'bare', last_check: minute(52) }),
    ]);
    expect((await linesOf('?server=bare'))[0]?.[4]).toBe('by unknown means');
  });

  test('of a line are one after the other behind its number, the open one first', async () => {
    expect(await opened()).toEqual(['12:05', '12:40', '12:30', '12:10']);
    const { links } = await openPage(at, '/incidents');
    const each = [...new Set(links.filter((link) => link.includes('each=true')))];
    expect(each).toHaveLength(1);
    const page = await openPage(at, each[0] ?? '');
    expect(page.rowsOf('Each incident').map(([, when = '']) => when.slice(-5))).toEqual(['12:30', '12:10']);
    expect(page.text).toContain('Searched for: repo rsyslog, server rsyslog-lab, host changed.');
  });

  test('link to the page of one: the open one of the line, or the newest', async () => {
    const { html } = await openPage(at, '/incidents');
    const ids = [...html.matchAll(/<th scope="row"[^>]*><a href="\/incident\/(\d+)"/g)].map(([, id]) => id);
    const h1 = async (id = '') => (await openPage(at, `/incident/${id}`)).title;
    expect(await Promise.all(ids.map(h1))).toEqual([
      expect.stringMatching(/^prod does not match/),
      expect.stringMatching(/^rsyslog-lab did not match rsyslog: a commit/),
      expect.stringMatching(/^rsyslog-lab did not match rsyslog: the host/),
    ]);
  });

  test.each([
    ['&status=open', ['12:05']],
    ['&status=resolved&cause=host_changed', ['12:30', '12:10']],
    ['&cause=unknown', ['12:05']],
    ['&server=prod', ['12:05']],
    ['&q=W', ['12:40']],
    ['&repo=nobody', []],
    ['&q=&repo=&status=&cause=&range=&from=&to=', ['12:05', '12:40', '12:30', '12:10']],
  ])('%s are those opened at %j', async (query, expected) => {
    expect(await opened(query)).toEqual(expected);
  });

  test('of a span, or from one instant to another, are those that reach into it', async () => {
    at.now = NOON + 3 * DAY;
    expect(await opened('&range=24h')).toEqual(['12:05']);
    expect(await opened('&range=7d')).toHaveLength(4);
    expect(await opened(`&from=${minute(15)}&to=${minute(35)}`)).toEqual(['12:05', '12:30', '12:10']);
    expect(await opened('&from=2026-04-21T12:34&to=2026-04-21T12:41')).toEqual(['12:05', '12:40']);
    expect(await opened(`&from=${minute(45)}`)).toEqual(['12:05', '12:40']);
    expect((await openPage(at, `/incidents?from=${minute(35)}&to=${minute(15)}`)).status).toBe(422);
  });

  test('between two instants are not live, and the headline says so', async () => {
    const past = await openPage(at, `/incidents?from=${minute(15)}&to=${minute(35)}`);
    expect(past.title).toBe(
      '1 open, 3 from 2026-04-21 12:15 UTC to 2026-04-21 12:35 UTC · gitops-status-server',
    );
    expect(past.html).not.toContain('data-live');
    expect((await openPage(at, '/incidents')).html).toContain('data-live');
  });

  test('are summed up, and the headline is the title', async () => {
    const { title, text, html } = await openPage(at, '/incidents');
    expect(title).toBe('1 open, 4 in 30 days · gitops-status-server');
    expect(text).toContain('1 open, 4 in 30 days One line is one target and one cause: 3 lines.');
    expect(text).toContain(
      'Median time to resolve 10 min Host changed 2 Commit not applied 1 Cause unknown 1 ' +
        'From one target 75 % rsyslog on rsyslog-lab',
    );
    expect(html).toContain('aria-label="2 in 30 days, at most 2 a day"');
  });

  test('that are a part say what was searched, and how many are open in the fleet', async () => {
    const part = await openPage(at, '/incidents?status=resolved&q=w');
    expect(part.title).toMatch(/^1 resolved in 30 days match /);
    expect(part.text).toContain('Searched for: “w”, resolved. The whole fleet has 1 open.');
    const none = await openPage(at, '/incidents?repo=nobody&label=env:prod');
    expect(none.title).toMatch(/^No incident matches in 30 days /);
    expect(none.text).toContain('Searched for: repo nobody, label env:prod. The whole fleet has 1 open.');
    expect(none.links).toContain('/incidents?range=30d');
  });

  test('are available as CSV, for the same time and targets', async () => {
    const { links } = await openPage(at, '/incidents?repo=rsyslog&server=prod');
    const csv = links.find((link) => link.includes('format=csv')) ?? '';
    expect((await (await at.get(csv)).text()).trim().split('\n')).toHaveLength(2);
  });

  test('of a target that flaps have a tag: six or more in seven days, of any cause', async () => {
    const tagged = async () =>
      (await linesOf('?server=rsyslog-lab')).map(([, , what = '']) => what.endsWith('flaps'));
    expect(await tagged()).toEqual([false, false]);
    const more = [51, 53, 55].flatMap((i) => [
      aDrift(['x'], { commit: 'c', last_check: minute(i) }),
      aBody({ commit: 'c', last_check: minute(i + 1) }),
    ]);
    await at.post(more);
    expect(await tagged()).toEqual([true, true]);
    at.now = NOON + 8 * DAY;
    expect(await tagged()).toEqual([false, false]);
  });

  test('come in pages of twenty lines', async () => {
    await at.post(
      Array.from({ length: 30 }, (_, i) => aDrift(['f'], { server: `s${i}`, last_check: minute(i) })),
    );
    const pages = await Promise.all([1, 2].map((page) => linesOf(`?page=${page}`)));
    expect(pages.map((rows) => rows.length)).toEqual([20, 13]);
    expect(new Set(pages.flat().map(([, target, , cause]) => `${target} ${cause}`)).size).toBe(33);
    expect(await opened('&page=2')).toHaveLength(14);
  });
});

describe('no incident', () => {
  test('in a range says when the last one was resolved', async () => {
    at = startService();
    await at.post([
      aDrift(['x'], { last_check: iso(NOON - 2 * MINUTE) }),
      aBody({ last_check: iso(NOON - MINUTE) }),
    ]);
    at.now = NOON + 2 * DAY;
    const page = await openPage(at, '/incidents?range=24h');
    expect(page.title).toMatch(/^No incident in 24 hours /);
    expect(page.text).toContain('The last one was resolved 2026-04-21 11:59 UTC.');
  });

  test('at any time is also said', async () => {
    at = startService();
    await at.post(aBody({}));
    expect((await openPage(at, '/incidents')).text).toContain('No earlier incident is known.');
  });

  test('for a fleet without reports shows how to send the first report', async () => {
    at = startService();
    const page = await openPage(at, '/incidents');
    expect([page.title, page.text]).toEqual([
      expect.stringMatching(/^No reports yet /),
      expect.stringContaining('curl'),
    ]);
  });
});

describe('a file', () => {
  const open = (query: string) => openPage(at, `/file?${query}`);

  test('shows on which targets it differed, the open ones first, and when', async () => {
    await at.post(aDrift(['x', 'z'], { server: 'prod', commit: 'a', last_check: minute(15) }));
    const page = await open('name=x');
    expect(page.title).toBe('x differs on 1 target · gitops-status-server');
    expect(page.text).toContain('It differed on 2 targets in the last 30 days.');
    expect(page.rowsOf('Targets')).toEqual([
      ['rsyslog on prod', '10 min', '1', '12:15', '12:15', 'differs'],
      ['rsyslog on rsyslog-lab', '14 min', '2', '12:10', '12:30', 'the same'],
    ]);
    expect(page.rowsOf('Incidents').map(([, when]) => when)).toEqual(['12:30', '12:10', '12:05']);
  });

  test('is found even in an incident whose list was cut before it', async () => {
    const names = Array.from({ length: 1200 }, (_, i) => `f${String(i).padStart(4, '0')}`);
    await at.post([
      aDrift(names, { server: 'many', commit: 'a', last_check: minute(40) }),
      aDrift(names.slice(0, 1100), { server: 'fewer', commit: 'a', last_check: minute(40) }),
    ]);
    const page = await open('name=f1199');
    expect(page.rowsOf('Targets').map(([target]) => target)).toEqual(['rsyslog on many']);
    expect(page.rowsOf('Incidents')).toEqual([
      expect.arrayContaining(['rsyslog on many', 'f0000 +1199 or more']),
    ]);
  });

  test('that nobody reported is no error', async () => {
    const page = await open('name=nobody%20knows');
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('No target reported it')]);
  });
});
