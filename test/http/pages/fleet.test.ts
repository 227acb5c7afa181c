import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, NOON } from '../../fixtures.ts';
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

  test('says in its title and first line how many need someone, and then how many are in which state', async () => {
    const page = await openPage(at, '/');
    expect(page.title).toBe('4 of 5 targets need someone · gitops-status-server');
    expect(page.text).toMatch(/^4 of 5 targets need someone The newest check came just now\./);
    expect(page.text).toContain('In sync now 20 % of 5 targets Out of sync 2 Unknown 1 Stale 1 In sync 1');
  });

  test('names what is wrong, worst first and then longest, with who acts', async () => {
    expect(namesIn(await problems())).toEqual(['long', 'short', 'failing', 'silent']);
    expect((await problems()).map(([state, , what, who]) => [state, what, who])).toEqual([
      ['Out of sync', 'b.conf', 'The owner: it was never in sync yet: deploy it'],
      ['Out of sync', 'a.conf', 'The owner: it was never in sync yet: deploy it'],
      ['Unknown', 'ssh: no route to host', 'The maintainer of the check: repair the check'],
      [
        'Stale',
        'No report since; the last said in sync',
        'The operator of the pipeline: make the check run and report',
      ],
    ]);
  });

  test('is shown whole by repo, the one with the worst target first', async () => {
    const { text } = await openPage(at, '/');
    expect(text).toMatch(
      /nginx 1 of 2 in sync, 1 out of sync .* rsyslog 0 of 3 in sync, 1 out of sync, 1 unknown, 1 stale/,
    );
    const page = await openPage(at, '/');
    expect(namesIn(page.rowsOf('Targets: nginx'))).toEqual(['long', 'fine']);
    expect(namesIn(page.rowsOf('Targets: rsyslog'))).toEqual(['short', 'failing', 'silent']);
  });

  test.each([
    ['?state=OUT_OF_SYNC', ['long', 'short']],
    ['?state=UNKNOWN,STALE', ['failing', 'silent']],
    ['?repo=nginx', ['long', 'fine']],
    ['?server=fine,long', ['long', 'fine']],
    ['?q=A.CONF', ['short']],
    ['?q=nginx+fi', ['fine']],
    ['?q=&repo=&server=&state=&problem=&group=&at=', ['long', 'short', 'failing', 'silent', 'fine']],
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
    const { links } = await openPage(at, '/?repo=nginx&q=conf&at=1776772740&sort=-since');
    expect(links).toContain('/?q=conf&repo=nginx&state=STALE&at=1776772740&sort=-since');
    expect(links).toContain('/?q=conf&repo=nginx&at=1776772740&sort=since');
    expect(links).toContain('/?q=conf&repo=nginx&sort=-since');
  });
});

describe('a part of the fleet', () => {
  const headline = async (query: string) => {
    const { html, title, text } = await openPage(at, `/${query}`);
    const [, h1 = ''] = /<h1>(.*?)<\/h1>/.exec(html) ?? [];
    // Nor is it by a percentage.
    expect(text).not.toContain('In sync now');
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
    const { title } = await openPage(at, '/?state=SYNCED,OUT_OF_SYNC,UNKNOWN,STALE');
    expect(title).toBe('The target is in sync · gitops-status-server');
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
    const page = await openPage(at, '/?view=list');
    expect(page.rowsOf('Targets').map(([state, target, , , age]) => [state, target, age])).toEqual([
      ['Out of sync', 'a rsyslog', '1 d 5 h'],
      ['Out of sync', 'b rsyslog', '20 h'],
    ]);
    expect(page.html).toContain('title="since 2026-04-20 07:00:00 UTC"');
    // They are one problem, as old as the older.
    expect(await problems()).toEqual([
      [
        'Out of sync',
        'rsyslog 2 servers',
        'f',
        'The owner: it was never in sync yet: deploy it',
        '1 d 5 h',
        '2 min ago',
        '',
      ],
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
    expect(text).toContain('3 of 4 targets need someone');
    expect(text).toContain('2 of those out of sync are also unknown or stale: the incident is still open.');
    expect(text).toContain('Out of sync 2 Unknown 1 Stale 2 In sync 1');
    expect(namesIn(await problems())).toEqual(['hidden', 'failing', 'quiet']);
    expect((await problems())[0]?.[2]).toBe('incident open No report since; the last said out of sync');
    expect(await servers()).toEqual(['hidden', 'failing', 'quiet', 'fine']);
    expect(await servers('?state=OUT_OF_SYNC')).toEqual(['hidden', 'failing']);
    expect((await openPage(at, '/target?repo=rsyslog&server=hidden')).text).toContain(
      'Stale with an incident open for 1 h',
    );
  });
});

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

  test('of what is muted comes last and says until when and by whom, and it needs nobody', async () => {
    await at.post([aDrift(['f'], minutesAgo(5)), aDrift(['f'], { server: 'other', ...minutesAgo(1) })]);
    const mute = { server: 'rsyslog-lab', reason: 'trial', by: 'alice', ends_at: iso(at.now + HOUR) };
    expect((await at.post(mute, '/api/v1/mutes')).status).toBe(201);
    const page = await openPage(at, '/');
    expect(page.text).toMatch(/^1 of 2 targets needs someone 1 is not in sync and muted\./);
    expect(page.rowsOf('Problems').map(([, target, , who]) => [target, who])).toEqual([
      ['other rsyslog', 'The owner: it was never in sync yet: deploy it'],
      ['rsyslog-lab rsyslog', expect.stringMatching(/^muted until (?:21 Apr )?13:00 by alice/)],
    ]);
    expect(page.html.match(/class="is-muted"/g)).toHaveLength(2);
  });

  test('of an incident that somebody works on says who, and it still needs someone', async () => {
    await at.post(aDrift(['f'], minutesAgo(1)));
    const [incident] = (await at.json('/api/v1/incidents')) as { id: number }[];
    const answer = await at.service.app.request(`/api/v1/incidents/${incident?.id}/acknowledgement`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ by: 'alice' }),
    });
    expect(answer.status).toBeLessThan(300);
    expect((await problems())[0]?.[3]).toMatch(/^acknowledged by alice.*; The owner: it was never in sync/);
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

  test('of a drift of unknown size says that it is not known, and comes before what is in sync', async () => {
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
      'No report since; the last said in sync',
      'The operator of the pipeline: make the check run and report',
      '1 h 50 min',
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

  test('of a target that was declared and never reported says so, and it counts', async () => {
    await at.service.app.request('/api/v1/targets?repo=web&server=new', { method: 'PUT' });
    at.now += 2 * HOUR;
    expect((await problems())[0]?.slice(0, 3)).toEqual([
      'Stale',
      'new web',
      'Never reported: it was declared, and no check of it has arrived',
    ]);
    expect((await openPage(at, '/')).title).toMatch(/^1 of 1 target needs someone/);
  });

  test('draws its own history, though repos and servers share names', async () => {
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

describe('a large fleet', () => {
  beforeEach(async () => {
    const names = Array.from({ length: 250 }, (_, i) => `server-${String(i).padStart(3, '0')}`);
    await at.post(names.map((server) => aBody({ server })));
  });

  test('comes in pages of 20 that lead to each other', async () => {
    const sixth = await openPage(at, '/?view=list&page=6&sort=server');
    expect(namesIn(sixth.rowsOf('Targets'))).toEqual(
      Array.from({ length: 20 }, (_, i) => `server-${100 + i}`),
    );
    expect(sixth.links).toEqual(
      expect.arrayContaining([
        '/?view=list&sort=server',
        '/?view=list&sort=server&page=5',
        '/?view=list&sort=server&page=7',
        '/?view=list&sort=server&page=13',
      ]),
    );
    expect(sixth.text).toContain('1 … 4 5 6 7 8 … 13 250 targets');
  });

  test('shows its last page to a reader who asks beyond it', async () => {
    expect(await servers('?page=99')).toHaveLength(10);
  });

  test('is a map whose cells are for the mouse alone, and beside each group are the words and a list', async () => {
    await at.post(aDrift(['f'], { server: 'server-007', last_check: iso(at.now) }));
    const page = await openPage(at, '/');
    expect(page.rowsOf('Targets: rsyslog')).toEqual([]);
    expect(page.text).toContain('rsyslog 249 of 250 in sync, 1 out of sync');
    expect(page.links).toContain('/?repo=rsyslog');
    const [, cells = ''] = /<div class="cells" aria-hidden="true">(.*?)<\/div>/s.exec(page.html) ?? [];
    const drawn = [...cells.matchAll(/<a tabindex="-1" class="(\w+)" href="([^"]*)"/g)];
    expect(drawn).toHaveLength(250);
    expect(drawn.slice(0, 2).map(([, state, href]) => [state, href])).toEqual([
      ['OUT_OF_SYNC', '/target?repo=rsyslog&amp;server=server-007'],
      ['SYNCED', '/target?repo=rsyslog&amp;server=server-000'],
    ]);
  });

  test('has a line for what many targets have in common, which leads to these targets', async () => {
    const drift = (n: number, files: readonly string[]) =>
      aDrift(files, { server: `server-00${n}`, last_check: iso(at.now) });
    await at.post([drift(1, ['a']), drift(2, ['a']), drift(3, ['a']), drift(4, ['b'])]);
    const page = await openPage(at, '/');
    expect(page.text).toMatch(/^4 of 250 targets need someone They are 2 problems:/);
    expect(page.rowsOf('Problems').map(([, targets, what]) => [targets, what])).toEqual([
      ['rsyslog 3 servers', 'a'],
      ['server-004 rsyslog', 'b'],
    ]);
    const list = page.links.find((link) => link.startsWith('/?problem=')) ?? '';
    const ofProblem = await openPage(at, list);
    expect(namesIn(ofProblem.rowsOf('Targets'))).toEqual(['server-001', 'server-002', 'server-003']);
    expect(ofProblem.text).toMatch(/^3 of 3 matching targets need someone This is a part of the fleet\./);
    // Once it is over nothing matches, and nothing is said to be well.
    at.now += MINUTE;
    await at.post([1, 2, 3].map((n) => aBody({ server: `server-00${n}`, last_check: iso(at.now) })));
    expect((await openPage(at, list)).text).toMatch(/^No target matches This says nothing about the fleet\./);
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
    expect(text).toContain('This page shows it as soon as it arrives.');
  });
});

describe('groups', () => {
  beforeEach(() =>
    at.post([
      aBody({ labels: { env: 'prod', owner: 'alice' } }),
      aDrift(['f'], { server: 'lab', labels: { env: 'lab' } }),
      aBody({ repo: 'nginx', labels: { env: 'prod' } }),
      aBody({ repo: 'nginx', server: 'bare' }),
    ]),
  );

  test('can be made by each label, and those without it come last', async () => {
    const page = await openPage(at, '/?group=env');
    expect(page.text).toContain('Group by repo env owner');
    expect(page.text).toMatch(/lab 0 of 1 in sync, 1 out of sync .* prod all 2 in sync .* no env in sync/);
    expect(namesIn(page.rowsOf('Targets: prod'))).toEqual(['rsyslog-lab', 'rsyslog-lab']);
    expect(page.links).toEqual(expect.arrayContaining(['/?label=env%3Aprod', '/', '/?group=owner']));
  });

  test('by something that is no label are refused', async () => {
    const { status, text } = await openPage(at, '/?group=A+B');
    expect([status, text]).toEqual([
      422,
      expect.stringContaining('group: must be repo, or the key of a label'),
    ]);
  });
});

describe('the last 30 days', () => {
  const shares = (html: string) =>
    [...html.matchAll(/data-words="([^"]*% [^"]*|no data)" data-at="([^"]*)" data-until="([^"]*)"/g)].map(
      ([, words, from, until]) => ({ words, from, until }),
    );

  test('are columns of a day, exact, on a scale of their own that is labelled', async () => {
    // Every half of the first day of two, and the whole of the others, was in sync.
    const first = NOON - 30 * DAY;
    const reports = Array.from({ length: 60 }, (_, i) => {
      const fields = { last_check: iso(first + i * 12 * HOUR), expected_interval_s: 12 * 3600 };
      return i === 1 ? aDrift(['f'], fields) : aBody(fields);
    });
    await at.post(reports);
    await at.post(reports.map((one) => ({ ...one, server: 'other', sync_status: 'SYNCED', files: [] })));
    const { html, text } = await openPage(at, '/');
    const columns = shares(html);
    expect(columns).toHaveLength(30);
    expect(columns[0]).toEqual({
      words: '25.0 % out of sync, 0.0 % unknown, 0.0 % stale, 75.0 % in sync',
      from: iso(first),
      until: iso(first + DAY),
    });
    expect(new Set(columns.slice(1).map(({ words }) => words))).toEqual(
      new Set(['0.0 % out of sync, 0.0 % unknown, 0.0 % stale, 100 % in sync']),
    );
    expect(text).toContain('50 % 25 %');
    // 59 and 60 halves of days of 60 each, cut.
    expect(text).toContain('99.1 % in sync over 30 days, 100 % of the time known');
    expect(text).toMatch(/rsyslog all 2 in sync 99\.1 % 30 d/);
  });

  test('open the fleet as it was at the end of each day, and the newest the fleet of now', async () => {
    await at.post(aBody({ last_check: iso(NOON - 10 * DAY) }));
    const { links } = await openPage(at, '/');
    expect(links).toContain(`/?at=${(NOON - DAY) / 1000}`);
    expect(links).not.toContain(`/?at=${NOON / 1000}`);
    expect(links).toContain('/?at=1776769200');
  });

  test('are hours where nothing is older, and "no data" is neither 0 nor 100', async () => {
    await at.post(aDrift(['f'], { last_check: iso(NOON - 5 * HOUR), expected_interval_s: 10 * 3600 }));
    const { html, text } = await openPage(at, '/');
    expect(text).toContain('Not in sync, share of the fleet, the last 24 hours');
    expect(text).toContain('0.0 % in sync over 24 hours');
    const words = shares(html).map(({ words }) => words);
    expect(words).toEqual([
      ...Array.from({ length: 19 }, () => 'no data'),
      ...Array.from({ length: 5 }, () => '100 % out of sync, 0.0 % unknown, 0.0 % stale, 0.0 % in sync'),
    ]);
  });

  test('include what was recorded since the page was opened last', async () => {
    await at.post(aBody({ last_check: iso(NOON - 5 * HOUR), expected_interval_s: 10 * 3600 }));
    expect((await openPage(at, '/')).text).toContain('100 % in sync over 24 hours');
    await at.post(
      aDrift(['f'], { server: 'b', last_check: iso(NOON - 5 * HOUR), expected_interval_s: 36_000 }),
    );
    expect((await openPage(at, '/')).text).toContain('50.0 % in sync over 24 hours');
  });
});

describe('the fleet as it was', () => {
  beforeEach(async () => {
    await at.post([
      aBody({ last_check: iso(NOON - 3 * HOUR), expected_interval_s: 3600 }),
      aDrift(['f'], { server: 'b', last_check: iso(NOON - 3 * HOUR), expected_interval_s: 3600 }),
      aBody({ server: 'b', last_check: iso(NOON - 2 * HOUR), expected_interval_s: 36_000 }),
      aBody({ last_check: iso(NOON - HOUR), expected_interval_s: 36_000 }),
    ]);
  });

  test('says in its headline and title that it is the past, and is not live', async () => {
    const page = await openPage(at, `/?at=${(NOON - 2.5 * HOUR) / 1000}`);
    expect(page.title).toBe('At 2026-04-21 09:30 UTC, 1 of 2 targets needed someone · gitops-status-server');
    expect(page.text).toMatch(/^At 2026-04-21 09:30 UTC, 1 of 2 targets needed someone/);
    expect(page.html).toContain('Not live');
    expect(page.html).not.toContain('data-live');
    expect(page.rowsOf('Problems')[0]?.slice(0, 5)).toEqual([
      'Out of sync',
      'b rsyslog',
      'f',
      'The owner: it was never in sync yet: deploy it',
      '30 min',
    ]);
    expect(page.text).toContain('The newest check had come 30 min before.');
    expect(page.links).toContain(`/api/v1/status?at=${(NOON - 2.5 * HOUR) / 1000}`);
    expect((await openPage(at, '/')).title).toMatch(/^All 2 targets are in sync/);
  });

  test('is never in sync by what came later, and a part of it is not said to be in sync either', async () => {
    const whole = await openPage(at, '/?at=2026-04-21T10:30:00Z');
    expect(whole.title).toMatch(/^At 2026-04-21 10:30 UTC, all 2 targets were in sync/);
    const part = await openPage(at, '/?at=2026-04-21T10:30:00Z&server=b');
    expect(part.title).toMatch(/^At 2026-04-21 10:30 UTC, 0 of 1 matching target needed someone/);
    expect(part.text).toContain('The whole: All 2 targets were in sync.');
  });

  test.each([
    ['2026-04-21T09:30', 'At 2026-04-21 09:30 UTC'],
    ['2026-04-21T11:30:00%2B02:00', 'At 2026-04-21 09:30 UTC'],
    ['now-3h', 'At 2026-04-21 09:00 UTC'],
    ['1776720000', 'At 2026-04-20 21:20 UTC, no target had reported yet'],
    ['2027-01-01T00:00', 'All 2 targets are in sync'],
    ['', 'All 2 targets are in sync'],
  ])('at=%s: %s', async (asked, title) => {
    expect((await openPage(at, `/?at=${asked}`)).title).toContain(title);
  });

  test('can be asked for by a form that keeps what else was asked', async () => {
    const { html } = await openPage(at, '/?repo=rsyslog&state=STALE,UNKNOWN&label=env:prod');
    const [, form = ''] = /<form[^>]*data-at-form[^>]*>(.*?)<\/form>/s.exec(html) ?? [];
    expect(
      [...form.matchAll(/name="(\w+)"(?: required="")? value="([^"]*)"/g)].map(([, ...field]) => field),
    ).toEqual([
      ['repo', 'rsyslog'],
      ['label', 'env:prod'],
      ['state', 'STALE,UNKNOWN'],
      ['at', '2026-04-21T12:00'],
    ]);
  });

  test('at something that is no instant is refused', async () => {
    const { status, text } = await openPage(at, '/?at=yesterday');
    expect([status, text]).toEqual([422, expect.stringContaining('at: must be an instant')]);
  });
});
