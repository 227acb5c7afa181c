import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, MINUTE, NOON } from '../../fixtures.ts';
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

/** One in each state, except two that drifted: `long` for longer than `short`. */
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

  test('has the worst first, and within a state the longest', async () => {
    expect(await servers()).toEqual(['long', 'short', 'failing', 'silent', 'fine']);
  });

  test('says in its title and first line how many need someone, and then how many are in each state', async () => {
    const page = await openPage(at, '/');
    expect(page.title).toBe('4 of 5 targets need someone · gitops-status-server');
    expect(page.text).toMatch(/^4 of 5 targets need someone The newest check came just now\./);
    expect(page.text).toContain('In sync now 20 % of 5 targets Out of sync 2 Unknown 1 Stale 1 In sync 1');
  });

  test('names what is wrong, worst first and then longest, with who acts', async () => {
    expect(namesIn(await problems())).toEqual(['long', 'short', 'failing', 'silent']);
    expect((await problems()).map(([state, , what, who]) => [state, what, who])).toEqual([
      ['Out of sync', 'b.conf', 'The owner: deploy it, because it was never in sync yet'],
      ['Out of sync', 'a.conf', 'The owner: deploy it, because it was never in sync yet'],
      ['Unknown', 'ssh: no route to host', 'The maintainer of the check: repair the check'],
      [
        'Stale',
        'No report since; the last one said in sync',
        'The operator of the pipeline: make the check run and report',
      ],
    ]);
  });

  test('is shown whole by repo, the repo with the worst target first', async () => {
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

  test('counts its states for any selected state, but only within the search', async () => {
    const { text } = await openPage(at, '/?repo=nginx&state=SYNCED');
    expect(text).toContain('All 2 Out of sync 1 Unknown 0 Stale 0 In sync 1');
  });

  test('keeps the query in every link that changes one thing', async () => {
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
    // A percentage does not say so either.
    expect(text).not.toContain('In sync now');
    expect(title).toBe(`${h1.replaceAll('&quot;', '"')} · gitops-status-server`);
    return [h1, text] as const;
  };

  test('is never said to be in sync, and the whole is shown beside it', async () => {
    await aMixedFleet();
    for (const query of ['?server=fine', '?q=fine', '?state=SYNCED', '?repo=nginx&server=fine', '?q=zzzz']) {
      const [h1, text] = await headline(query);
      expect(h1).not.toMatch(/in sync|all /i);
      expect(text).toContain('The whole: 4 of 5 targets need someone.');
    }
    expect((await headline('?state=SYNCED,STALE'))[0]).toBe('1 of 2 matching targets needs someone');
  });

  test('that is empty says what was searched, even in a fleet in sync', async () => {
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
        'The owner: deploy it, because it was never in sync yet',
        '1 d 5 h',
        '2 min ago',
        '',
      ],
    ]);
    expect((await openPage(at, '/target?repo=rsyslog&server=a')).text).toContain('Out of sync for 1 d 5 h');
  });

  test('does not hide a drift: its target counts and is found as out of sync, before other silent ones', async () => {
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
    expect((await problems())[0]?.[2]).toBe('incident open No report since; the last one said out of sync');
    expect(await servers()).toEqual(['hidden', 'failing', 'quiet', 'fine']);
    expect(await servers('?state=OUT_OF_SYNC')).toEqual(['hidden', 'failing']);
    expect((await openPage(at, '/target?repo=rsyslog&server=hidden')).text).toContain(
      'Stale with an incident open for 1 h',
    );
  });
});

describe('a large fleet', () => {
  beforeEach(async () => {
    const names = Array.from({ length: 250 }, (_, i) => `server-${String(i).padStart(3, '0')}`);
    await at.post(names.map((server) => aBody({ server })));
  });

  test('has pages of 20 with links to each other', async () => {
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

  test('is a map whose cells are for the mouse alone, with words and a list beside each group', async () => {
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

  test('has a line for the common problem of many targets, with a link to these targets', async () => {
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
  test('explains the first report with a command that records it', async () => {
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

  test('can be made by each label, and targets without it come last', async () => {
    const page = await openPage(at, '/?group=env');
    expect(page.text).toContain('Group by repo env owner');
    expect(page.text).toMatch(/lab 0 of 1 in sync, 1 out of sync .* prod all 2 in sync .* no env in sync/);
    expect(namesIn(page.rowsOf('Targets: prod'))).toEqual(['rsyslog-lab', 'rsyslog-lab']);
    expect(page.links).toEqual(expect.arrayContaining(['/?label=env%3Aprod', '/', '/?group=owner']));
  });

  test('by a value that is no label are refused', async () => {
    const { status, text } = await openPage(at, '/?group=A+B');
    expect([status, text]).toEqual([
      422,
      expect.stringContaining('group: must be repo, or the key of a label'),
    ]);
  });
});
