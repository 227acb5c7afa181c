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
    aDrift(['a.conf'], { server: 'short', commit: 'c0ffee12', ...minutesAgo(1) }),
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
    expect(page.title).toBe('4 of 5 targets need someone · gitops-status-server');
    expect(page.text).toMatch(/^4 of 5 targets need someone 2 out of sync, 1 unknown, 1 stale\. All 5/);
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
    ['?q=c0ffee', ['short']],
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

describe('a part of the fleet', () => {
  const headline = async (query: string) => {
    const { html, title, text } = await openPage(at, `/${query}`);
    const [, h1 = ''] = /<h1>(.*?)<\/h1>/.exec(html) ?? [];
    expect(title).toBe(`${h1.replaceAll('&quot;', '"')} · gitops-status-server`);
    return [h1, text] as const;
  };

  test('is never said to be in sync, and the whole is told beside it', async () => {
    await aMixedFleet();
    for (const query of ['?server=fine', '?q=fine', '?state=SYNCED', '?repo=nginx&server=fine', '?q=zzzz']) {
      const [h1, text] = await headline(query);
      expect(h1).not.toMatch(/in sync|all /i);
      expect(text).toContain('The whole: 4 of 5 targets need someone.');
    }
    expect((await headline('?state=SYNCED,STALE'))[0]).toBe('1 of 2 matching targets needs someone');
  });

  test('that is empty says what was looked for, of a fleet in sync too', async () => {
    await at.post([aBody(), aBody({ server: 'other' })]);
    const [h1, text] = await headline('?q=zzzz');
    expect(h1).toBe('No target matches “zzzz”');
    expect(text).toContain('This says nothing about the fleet. The whole: All 2 targets are in sync.');
    expect(text).toContain(
      'The names of 2 targets, the files that differ now and the commits were searched.',
    );
    expect((await headline('?state=STALE'))[0]).toBe('No target matches');
  });

  test('can be all states, which is the whole', async () => {
    await at.post(aBody());
    expect((await headline('?state=SYNCED,OUT_OF_SYNC,UNKNOWN,STALE'))[0]).toBe('The target is in sync');
  });
});

describe('silence', () => {
  const drift = (server: string, n: number) => aDrift(['f'], { server, ...minutesAgo(n) });

  test('does not make a drift younger', async () => {
    // It fell silent after the first, and came back with the second.
    await at.post([
      drift('a', 29 * 60),
      drift('a', 14 * 60),
      drift('a', 1),
      drift('b', 20 * 60),
      drift('b', 2),
    ]);
    const rows = (await openPage(at, '/')).rowsOf('Targets');
    expect(rows.map(([state, , server, , age]) => [state, server, age])).toEqual([
      ['Out of sync', 'a', '1 d 5 h since 2026-04-20 07:00 UTC'],
      ['Out of sync', 'b', '20 h since 2026-04-20 16:00 UTC'],
    ]);
    expect((await openPage(at, '/target?repo=rsyslog&server=a')).text).toContain('Out of sync for 1 d 5 h');
  });

  test('does not hide a drift: its target counts and is found as out of sync, before others that are silent', async () => {
    await at.post([
      aBody({ server: 'quiet', ...minutesAgo(90) }),
      drift('hidden', 60),
      drift('failing', 50),
      aBody({ server: 'failing', sync_status: 'UNKNOWN', error: 'ssh', ...minutesAgo(1) }),
      aBody({ server: 'fine' }),
    ]);
    const { text } = await openPage(at, '/');
    expect(text).toContain('3 of 4 targets need someone 2 out of sync, 1 unknown, 2 stale.');
    expect(text).toContain('2 of those out of sync are also unknown or stale: the incident is still open.');
    expect(text).toContain('All 4 Out of sync 2 Unknown 1 Stale 2 In sync 1');
    expect(await servers()).toEqual(['hidden', 'failing', 'quiet', 'fine']);
    expect(await servers('?state=OUT_OF_SYNC')).toEqual(['hidden', 'failing']);
    expect((await openPage(at, '/target?repo=rsyslog&server=hidden')).text).toContain(
      'Stale with an incident open for 1 h',
    );
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
      'All 2 targets are in sync · gitops-status-server',
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
