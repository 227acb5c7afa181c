import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const minutesAgo = (n: number) => ({ last_check: iso(NOON - n * MINUTE) });
const namesIn = (rows: readonly string[][]) => rows.map(([, target = '']) => target.split(' ')[0]);
/** A line per target. */
const servers = async (query = '') =>
  namesIn((await openPage(at, `/${query || '?'}&view=list`)).rowsOf('Targets'));
const problems = async (query = '') => (await openPage(at, `/${query}`)).rowsOf('Problems');

describe('a line', () => {
  const row = async (path = '/?view=list') => (await openPage(at, path)).rowsOf('Targets')[0];

  test('says which files, who acts, since when, when it was checked and on which commit', async () => {
    await at.post([
      aBody({ commit: 'c0ffee1234567', ...minutesAgo(20) }),
      aDrift(['a', 'b', 'c', 'd', 'e'], { commit: 'c0ffee1234567', ...minutesAgo(15) }),
      aDrift(['a', 'b', 'c', 'd', 'e'], { commit: 'c0ffee1234567', ...minutesAgo(5) }),
    ]);
    const told = [
      'Out of sync',
      'rsyslog-lab rsyslog',
      'a +4',
      'The person who changed the host: revert the change there, or commit it',
      '15 min',
      '5 min ago',
      '',
    ];
    expect(await row()).toEqual(told);
    expect(await problems()).toEqual([told]);
    const page = await openPage(at, '/');
    expect(page.rowsOf('Targets: rsyslog')[0]?.slice(3)).toEqual(['15 min', '5 min ago', 'c0ffee1234']);
    expect(page.html).toContain('title="a, b, c, d, e"');
    expect(page.links).toContain('/target?repo=rsyslog&server=rsyslog-lab#differs');
  });

  test('of a target that flaps says so', async () => {
    for (let n = 6; n > 0; n--)
      await at.post([aDrift(['f'], minutesAgo(n * 20)), aBody(minutesAgo(n * 20 - 10))]);
    expect((await row())?.[1]).toBe('rsyslog-lab rsyslog flaps, 6× in 7 d');
    await at.post([aDrift(['f'], { server: 'once', ...minutesAgo(1) })]);
    expect((await row())?.[1]).toBe('once rsyslog');
  });

  test('that is muted comes last and says until when and by whom, and it needs nobody', async () => {
    await at.post([aDrift(['f'], minutesAgo(5)), aDrift(['f'], { server: 'other', ...minutesAgo(1) })]);
    const mute = { server: 'rsyslog-lab', reason: 'trial', by: 'alice', ends_at: iso(at.now + HOUR) };
    expect((await at.post(mute, '/api/v1/mutes')).status).toBe(201);
    const page = await openPage(at, '/');
    expect(page.text).toMatch(/^1 of 2 targets needs someone 1 is not in sync and muted\./);
    expect(page.rowsOf('Problems').map(([, target, , who]) => [target, who])).toEqual([
      ['other rsyslog', 'The owner: deploy it, because it was never in sync yet'],
      ['rsyslog-lab rsyslog', expect.stringMatching(/^muted until (?:21 Apr )?13:00 by alice/)],
    ]);
    expect(page.html.match(/class="is-muted"/g)).toHaveLength(2);
  });

  test('with an acknowledged incident says who works on it, and it still needs someone', async () => {
    await at.post(aDrift(['f'], minutesAgo(1)));
    const [incident] = (await at.json('/api/v1/incidents')) as { id: number }[];
    const answer = await at.service.app.request(`/api/v1/incidents/${incident?.id}/acknowledgement`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ by: 'alice' }),
    });
    expect(answer.status).toBeLessThan(300);
    expect((await problems())[0]?.[3]).toMatch(/^acknowledged by alice.*; The owner: deploy it/);
    expect((await openPage(at, '/')).title).toMatch(/^1 of 1 target needs someone/);
  });

  test('of a target that could not be checked says why', async () => {
    await at.post(aBody({ sync_status: 'UNKNOWN', error: 'ssh: no route to host' }));
    expect((await row())?.slice(0, 4)).toEqual([
      'Unknown',
      'rsyslog-lab rsyslog',
      'ssh: no route to host',
      'The maintainer of the check: repair the check',
    ]);
  });

  test('of a drift of unknown size says so, and comes before what is in sync', async () => {
    await at.post([aBody({ server: 'fine' }), aDrift([]), aDrift([], { server: 'counted', drift_count: 3 })]);
    const { html, text } = await openPage(at, '/?view=list&sort=-drift');
    expect(await servers('?sort=-drift')).toEqual(['counted', 'rsyslog-lab', 'fine']);
    expect(text).toContain('no file named');
    expect(text).toContain('3 files, not named');
    expect(html).not.toContain('undefined');
  });

  test('of a silent target says what it said last and when, and never that it is in sync', async () => {
    await at.post(aBody({ last_check: iso(NOON - 2 * HOUR) }));
    const cells = await row();
    expect(cells).toEqual([
      'Stale',
      'rsyslog-lab rsyslog',
      'No report since; the last one said in sync',
      'The operator of the pipeline: make the check run and report',
      '1 h 50 min',
      '2 h ago',
      '',
    ]);
    expect(await row('/?state=SYNCED')).toBeUndefined();
  });

  test('draws the last day, including silence, and says it in words', async () => {
    await at.post([
      aBody({ last_check: iso(NOON - 3 * HOUR), expected_interval_s: 1200 }),
      aDrift(['a'], { last_check: iso(NOON - HOUR), expected_interval_s: 3600 }),
    ]);
    const { html } = await openPage(at, '/');
    const label = 'Last 24 hours: in sync 1 h, out of sync 1 h, stale 1 h';
    const [, strip = ''] = html.match(new RegExp(`aria-label="${label}">(.*?)</svg>`)) ?? [];
    const drawn = [...strip.matchAll(/class="(\w+)" x="([\d.]+)%"/g)].map(([, state, x]) => [
      state,
      Number(x),
    ]);
    expect(drawn).toEqual([
      ['SYNCED', 87.5],
      ['STALE', expect.closeTo((22 / 24) * 100, 0)],
      ['OUT_OF_SYNC', expect.closeTo((23 / 24) * 100, 0)],
    ]);
  });

  test('of a target that was declared and never reported says so, and it counts', async () => {
    await at.service.app.request('/api/v1/targets?repo=web&server=new', { method: 'PUT' });
    at.now += 2 * HOUR;
    expect((await problems())[0]?.slice(0, 3)).toEqual([
      'Stale',
      'new web',
      'Never reported: it was declared, but no report about it has arrived',
    ]);
    expect((await openPage(at, '/')).title).toMatch(/^1 of 1 target needs someone/);
  });

  test('draws its own history, even if repos and servers share names', async () => {
    for (const repo of ['a', 'b']) {
      for (const server of ['1', '2']) {
        const isDrifted = repo === 'b' && server === '2';
        await at.post(isDrifted ? aDrift(['f'], { repo, server }) : aBody({ repo, server }));
      }
    }
    at.now += 5 * MINUTE;
    const { html } = await openPage(at, '/?view=list');
    const rows = html.split('<tr').slice(2);
    expect(rows.map((one) => /class="strip".*?class="(\w+)"/s.exec(one)?.[1])).toEqual([
      'OUT_OF_SYNC',
      'SYNCED',
      'SYNCED',
      'SYNCED',
    ]);
  });
});
