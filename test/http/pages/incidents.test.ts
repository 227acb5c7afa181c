import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, NOON } from '../../fixtures.ts';
import { minute } from '../a-day.ts';
import { aBody, aDrift, startService, type TestService } from '../service.ts';
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
    aDrift(['x'], { commit: 'a', last_check: minute(30) }),
    aBody({ commit: 'b', last_check: minute(34) }),
    aDrift(['w'], { commit: 'c', last_check: minute(40) }),
    aBody({ commit: 'c', last_check: minute(50) }),
    aDrift(['z'], onProd({ last_check: minute(5) })),
  ]);
});

const opened = async (query = '') =>
  (await openPage(at, `/incidents${query}`)).rowsOf('Incidents').map(([when = '']) => when.slice(11, 16));

describe('the incidents', () => {
  test('come open first, then the newest first', async () => {
    expect(await opened()).toEqual(['12:05', '12:40', '12:30', '12:10']);
  });

  test('say how long they lasted, or have lasted so far, and why they opened', async () => {
    const rows = (await openPage(at, '/incidents')).rowsOf('Incidents');
    expect(rows.map(([, target, lasted, cause]) => [target, lasted, cause])).toEqual([
      ['rsyslog on prod', 'open, 55 min', 'cause unknown'],
      ['rsyslog on rsyslog-lab', '10 min until 2026-04-21 12:50 UTC', 'commit not applied'],
      ['rsyslog on rsyslog-lab', '4 min until 2026-04-21 12:34 UTC', 'host changed'],
      ['rsyslog on rsyslog-lab', '10 min until 2026-04-21 12:20 UTC', 'host changed'],
    ]);
  });

  test.each([
    ['?status=open', ['12:05']],
    ['?status=resolved&cause=host_changed', ['12:30', '12:10']],
    ['?cause=unknown', ['12:05']],
    ['?server=prod', ['12:05']],
    ['?q=W', ['12:40']],
    ['?repo=nobody', []],
    ['?q=&repo=&status=&cause=&range=', ['12:05', '12:40', '12:30', '12:10']],
  ])('%s are those opened at %j', async (query, expected) => {
    expect(await opened(query)).toEqual(expected);
  });

  test('of a span are those that reach into it', async () => {
    at.now = NOON + 3 * DAY;
    expect(await opened('?range=24h')).toEqual(['12:05']);
    expect(await opened('?range=7d')).toHaveLength(4);
  });

  test('are summed up: how many, how many open, and the time to resolve', async () => {
    const { title, text } = await openPage(at, '/incidents');
    expect(title).toBe('1 open incident · gitops-status-server');
    expect((await openPage(at, '/incidents?status=resolved')).title).toMatch(/^3 resolved incidents/);
    expect(text).toContain('Incidents 4 in 30 days Open 1');
    expect(text).toContain('Median time to resolve 10 min Mean time to resolve 8 min');
  });

  test('that came back with the same files are told together', async () => {
    const page = await openPage(at, '/incidents');
    expect(page.rowsOf('Recurring')).toEqual([
      ['rsyslog on rsyslog-lab', 'x', '2 times in 30 days, median 7 min', '2026-04-21 12:30 UTC'],
    ]);
    expect((await openPage(at, '/incidents?q=w')).rowsOf('Recurring')).toEqual([]);
  });
});

describe('a file', () => {
  const open = (query: string) => openPage(at, `/file?${query}`);

  test('tells on which targets it drifted, the open ones first, and when', async () => {
    await at.post(aDrift(['x', 'z'], { server: 'prod', commit: 'a', last_check: minute(15) }));
    const page = await open('name=x');
    expect(page.title).toBe('x drifted on 1 · gitops-status-server');
    expect(page.text).toContain('Drifted on 2 targets in the last 30 days, at the last check still on 1.');
    expect(page.rowsOf('Targets')).toEqual([
      ['rsyslog on prod', '10 min', '1', '2026-04-21 12:15 UTC', '2026-04-21 12:15 UTC', 'drifted'],
      [
        'rsyslog on rsyslog-lab',
        '14 min',
        '2',
        '2026-04-21 12:10 UTC',
        '2026-04-21 12:30 UTC',
        'not drifted',
      ],
    ]);
    expect(page.rowsOf('Incidents').map(([when]) => when?.slice(11, 16))).toEqual([
      '12:30',
      '12:10',
      '12:05',
    ]);
  });

  test('is found also in an incident whose list was cut before it', async () => {
    const names = Array.from({ length: 1200 }, (_, i) => `f${String(i).padStart(4, '0')}`);
    await at.post([
      aDrift(names, { server: 'many', commit: 'a', last_check: minute(40) }),
      aDrift(names.slice(0, 1100), { server: 'fewer', commit: 'a', last_check: minute(40) }),
    ]);
    const page = await open('name=f1199');
    expect(page.rowsOf('Targets').map(([target]) => target)).toEqual(['rsyslog on many']);
    expect(page.rowsOf('Incidents')).toEqual([
      expect.arrayContaining(['rsyslog on many', expect.stringMatching(/and at least 1195 more$/)]),
    ]);
  });

  test('that nobody reported is no error', async () => {
    const page = await open('name=nobody%20knows');
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('No target reported it')]);
  });
});
