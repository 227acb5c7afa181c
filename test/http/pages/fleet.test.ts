import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const minutesAgo = (n: number) => ({ last_check: iso(NOON - n * MINUTE) });
const servers = async (query = '') =>
  (await openPage(at, `/${query}`)).rowsOf('Targets').map(([, , server]) => server);

/** One in each state but two that drifted: `long` for longer than `short`. */
async function aMixedFleet(): Promise<void> {
  await at.post([
    aBody({ repo: 'nginx', server: 'fine' }),
    aBody({ server: 'silent', ...minutesAgo(60) }),
    aBody({ server: 'failing', sync_status: 'UNKNOWN', error: 'ssh: no route to host', ...minutesAgo(2) }),
    aDrift(['a.conf'], { server: 'short', ...minutesAgo(1) }),
    aDrift(['b.conf'], { repo: 'nginx', server: 'long', ...minutesAgo(5) }),
  ]);
}

describe('the fleet', () => {
  beforeEach(aMixedFleet);

  test('comes worst first, and of one state the longest first', async () => {
    expect(await servers()).toEqual(['long', 'short', 'failing', 'silent', 'fine']);
  });

  test('says in its title and first line what is wrong', async () => {
    const page = await openPage(at, '/');
    expect(page.title).toBe('2 out of sync · gitops-status-server');
    expect(page.text).toMatch(/^2 out of sync, 1 unknown, 1 stale of 5 targets/);
  });

  test.each([
    ['?state=OUT_OF_SYNC', ['long', 'short']],
    ['?state=UNKNOWN,STALE', ['failing', 'silent']],
    ['?repo=nginx', ['long', 'fine']],
    ['?server=fine,long', ['long', 'fine']],
    ['?q=A.CONF', ['short']],
    ['?q=nginx+fi', ['fine']],
    ['?q=&repo=&state=', ['long', 'short', 'failing', 'silent', 'fine']],
    ['?sort=server', ['failing', 'fine', 'long', 'short', 'silent']],
    ['?sort=-server', ['silent', 'short', 'long', 'fine', 'failing']],
    ['?sort=checked', ['silent', 'long', 'failing', 'short', 'fine']],
    ['?q=nobody', []],
  ])('%s shows %j', async (query, expected) => {
    expect(await servers(query)).toEqual(expected);
  });

  test('counts its states whatever state is chosen, but within what is searched for', async () => {
    const { text } = await openPage(at, '/?repo=nginx&state=SYNCED');
    expect(text).toContain('All 2 Out of sync 1 Unknown 0 Stale 0 In sync 1');
  });

  test('keeps what was asked for in every link that changes one thing', async () => {
    const { links } = await openPage(at, '/?repo=nginx&q=conf&sort=-since');
    expect(links).toContain('/?q=conf&repo=nginx&state=STALE&sort=-since');
    expect(links).toContain('/?q=conf&repo=nginx&sort=since');
  });
});

describe('a row', () => {
  const row = async (path = '/') => (await openPage(at, path)).rowsOf('Targets')[0];

  test('says which files, why, since when, on which commit, and where the run is', async () => {
    const run = 'https://ci.example/7';
    await at.post([
      aBody({ commit: 'c0ffee1234567', ...minutesAgo(20) }),
      aDrift(['a', 'b', 'c', 'd', 'e'], { commit: 'c0ffee1234567', run_url: run, ...minutesAgo(15) }),
      aDrift(['a', 'b', 'c', 'd', 'e'], { commit: 'c0ffee1234567', run_url: run, ...minutesAgo(5) }),
    ]);
    expect(await row()).toEqual([
      'Out of sync',
      'rsyslog',
      'rsyslog-lab',
      'a b c and 2 more host changed the person who changed the host: revert the change there, or commit it',
      '15 min since 2026-04-21 11:45 UTC',
      '5 min ago c0ffee1234 run ↗',
      '',
    ]);
    const { html } = await openPage(at, '/');
    expect(html).toContain(`href="${run}" rel="noopener noreferrer"`);
    expect(html).toContain('somebody or something touched the server');
  });

  test('of a target that could not be checked says why', async () => {
    await at.post(aBody({ sync_status: 'UNKNOWN', error: 'ssh: no route to host' }));
    expect((await row())?.slice(0, 4)).toEqual([
      'Unknown',
      'rsyslog',
      'rsyslog-lab',
      'ssh: no route to host the maintainer of the check: repair the check',
    ]);
  });

  test('of a drift of unknown size says that it is not known, and comes before what is in sync', async () => {
    await at.post([aBody({ server: 'fine' }), aDrift([]), aDrift([], { server: 'counted', drift_count: 3 })]);
    const { html, text } = await openPage(at, '/?sort=-drift');
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
      'rsyslog',
      'rsyslog-lab',
      'silent since its check 2 h ago, which said in sync the operator of the pipeline: make the check run and report',
      '1 h 50 min since 2026-04-21 10:10 UTC',
      '2 h ago',
      '',
    ]);
    expect(await row('/?state=SYNCED')).toBeUndefined();
  });

  test('draws the last day, the silence in it too, and tells it in words', async () => {
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

  test('draws its own history, though repos and servers share names', async () => {
    for (const repo of ['a', 'b']) {
      for (const server of ['1', '2']) {
        const isDrifted = repo === 'b' && server === '2';
        await at.post(isDrifted ? aDrift(['f'], { repo, server }) : aBody({ repo, server }));
      }
    }
    at.now += 5 * MINUTE;
    const { html } = await openPage(at, '/');
    const rows = html.split('<tr').slice(2);
    expect(rows.map((one) => /class="strip".*?class="(\w+)"/s.exec(one)?.[1])).toEqual([
      'OUT_OF_SYNC',
      'SYNCED',
      'SYNCED',
      'SYNCED',
    ]);
  });
});

describe('a large fleet', () => {
  beforeEach(async () => {
    const names = Array.from({ length: 250 }, (_, i) => `server-${String(i).padStart(3, '0')}`);
    await at.post(names.map((server) => aBody({ server })));
  });

  test('comes in pages of 100 that lead to each other', async () => {
    const second = await openPage(at, '/?page=2&sort=server');
    expect(second.rowsOf('Targets').map(([, , server]) => server)).toEqual(
      Array.from({ length: 100 }, (_, i) => `server-${100 + i}`),
    );
    expect(second.links).toEqual(expect.arrayContaining(['/?sort=server', '/?sort=server&page=3']));
    expect(second.text).toContain('250 targets, page 2 of 3');
  });

  test('shows its last page to whoever asks beyond it', async () => {
    expect(await servers('?page=99')).toHaveLength(50);
  });
});

describe('a fleet with nothing wrong', () => {
  test('says so', async () => {
    await at.post([aBody(), aBody({ server: 'other' })]);
    const page = await openPage(at, '/');
    expect([page.title, page.text]).toEqual([
      'All in sync · gitops-status-server',
      expect.stringMatching(/^All 2 targets are in sync/),
    ]);
  });
});

describe('a fleet without reports', () => {
  test('explains the first one with a command that records it', async () => {
    const { title, text } = await openPage(at, '/');
    expect(title).toBe('No reports yet · gitops-status-server');
    const [, url = '', body = ''] = /curl -sS '(.*?)' .*-d '(.*?)'/.exec(text) ?? [];
    expect(url).toBe('http://localhost/api/v1/reports');
    expect((await at.post(body)).status).toBe(201);
    at.now += DAY;
    expect(await servers()).toEqual(['rsyslog-lab']);
  });
});
