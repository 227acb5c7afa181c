import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR, NOON } from '../../fixtures.ts';
import { minute } from '../report-day.ts';
import { aBody, aDrift, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

const [OLD, NEW] = ['a'.repeat(40), 'c0ffee'.padEnd(40, '1')];

let at: TestService;

/** The new commit is on one, was replaced by drift on another, and has not reached the third. */
beforeEach(async () => {
  at = startService();
  at.now = NOON + HOUR;
  const lasting = { expected_interval_s: 7200 };
  const on = (server: string, commit: string, at: number) => ({
    server,
    commit,
    last_check: minute(at),
    ...lasting,
  });
  await at.post([
    aBody(on('lab', OLD, 0)),
    aBody(on('prod', OLD, 0)),
    aBody(on('edge', OLD, 0)),
    aDrift(['x'], { ...on('lab', NEW, 10), branch: 'main' }),
    aBody({ ...on('lab', NEW, 18), branch: 'main' }),
    aBody(on('prod', NEW, 14)),
    aDrift(['y'], on('prod', NEW, 30)),
    aBody({ ...on('web', OLD, 5), repo: 'nginx' }),
  ]);
});

describe('a search of the fleet', () => {
  test.each([
    ['c0ffee1', NEW, 'Commit c0ffee1111 is on 2 of 3 targets'],
    [NEW.toUpperCase(), NEW, 'Commit c0ffee1111 is on 2 of 3 targets'],
    // Two repos, and replaced on two of its targets.
    [OLD, OLD, 'Commit aaaaaaaaaa is on 4 of 4 targets'],
  ])('for %s leads to the commit and says how far it has come', async (q, commit, words) => {
    const { text, links } = await openPage(at, `/?q=${q}`);
    expect(text).toContain(words);
    expect(links).toContain(`/commit/${commit}`);
    expect((await openPage(at, `/commit/${commit}`)).title).toContain(words.replace('Commit ', ''));
  });

  test('names all commits that begin with it', async () => {
    const other = NEW.replace(/1$/, '2');
    await at.post(aBody({ server: 'lab', commit: other, last_check: minute(40) }));
    const { text, links } = await openPage(at, '/?q=c0ffee1');
    expect(text).toContain(`2 commits begin with it: ${NEW}, ${other}`);
    expect(links).toEqual(expect.arrayContaining([`/commit/${NEW}`, `/commit/${other}`]));
  });

  test.each(['?q=c0ffee', '?q=lab', '?q=deadbeef', '?q=c0ffee1&at=now-1m'])(
    '%s shows no commits: it names none, or is about the past',
    async (query) => {
      const { links } = await openPage(at, `/${query}`);
      expect(links.filter((link) => link.startsWith('/commit/'))).toEqual([]);
    },
  );
});

describe('the commits', () => {
  test('are counted by how many are not on every target yet, the newest first', async () => {
    const { title, text, rowsOf } = await openPage(at, '/commits');
    expect(title).toBe('1 of 3 commits is not on every target yet · gitops-status-server');
    expect(text).toContain('Reported in the last 30 days');
    expect(rowsOf('Commits')).toEqual([
      ['c0ffee1111', 'rsyslog', '12:10', '2 of 3', '1', '–'],
      ['aaaaaaaaaa', 'nginx', '12:05', '1 of 1', '–', '0 s'],
      ['aaaaaaaaaa', 'rsyslog', '12:00', '3 of 3', '–', '0 s'],
    ]);
  });

  test.each([
    ['?repo=nginx', ['aaaaaaaaaa nginx'], 'No target waits for one of these commits'],
    ['?q=c0ffee', ['c0ffee1111 rsyslog'], '1 of 1 matching commit is not on every target yet'],
    ['?q=nobody', [], 'No matching commit was reported in 30 days'],
  ])('%s leaves %j, and does not claim to be all', async (query, expected, headline) => {
    const { title, rowsOf } = await openPage(at, `/commits${query}`);
    expect(rowsOf('Commits').map(([commit, repo]) => `${commit} ${repo}`)).toEqual(expected);
    expect(title).toContain(headline);
  });

  test('have pages of twenty', async () => {
    const many = Array.from({ length: 22 }, (_, i) =>
      aBody({ commit: `many-${i}`, last_check: minute(35 + i) }),
    );
    await at.post(many);
    expect((await openPage(at, '/commits')).rowsOf('Commits')).toHaveLength(20);
    expect((await openPage(at, '/commits?page=2')).rowsOf('Commits')).toHaveLength(5);
  });
});

describe('a commit', () => {
  const open = (query = '') => openPage(at, `/commit/c0ffee1?repo=rsyslog${query}`);

  test('says on how many targets it is, which ones still wait, and how long it took', async () => {
    const { title, text } = await open();
    expect(title).toBe('c0ffee1111 is on 2 of 3 targets · gitops-status-server');
    expect(text).toContain('In rsyslog, branch main. First seen 12:10 on lab. It is not yet on edge.');
    expect(text).toContain(
      'Was in sync with it 2 of 3 Median time to arrive 6 min Slowest so far 8 min Left 1',
    );
  });

  test('is called in sync only if that is true now', async () => {
    expect((await open()).rowsOf('Where it landed')).toEqual([
      ['Not yet', 'edge', 'not yet', 'not yet', '–', ''],
      ['In sync', 'lab', '12:10', '12:18', '8 min', ''],
      ['Out of sync', 'prod', '12:14', '12:14', '4 min', ''],
    ]);
  });

  test('has bars from its first sight on for how long each target took, and says so in words', async () => {
    const { html } = await open();
    const bars = [...html.matchAll(/<svg class="gantt" role="img" aria-label="([^"]*)">(.*?)<\/svg>/gs)];
    expect(bars.map(([, words]) => words)).toEqual([
      'not in sync with it yet, 50 min after the first report',
      'in sync 8 min after the first report',
      'in sync 4 min after the first report',
    ]);
    const waysOf = (inside = '') => /class="way" x="([^"]*)" width="([^"]*)"/.exec(inside)?.slice(1);
    expect(bars.map(([, , inside]) => waysOf(inside))).toEqual([
      undefined,
      ['0%', '76.92%'],
      ['38.46%', '0%'],
    ]);
    expect(html).toContain('<span>10 min later</span>');
  });

  test('is listed with the commits of its repo, each with how long it was the newest', async () => {
    expect((await open()).rowsOf('Commits of the repo')).toEqual([
      ['c0ffee1111', '12:10', '2 of 3', '1', '–', 'newest'],
      ['aaaaaaaaaa', '12:00', '3 of 3', '–', '0 s', '10 min'],
    ]);
  });

  test('has the call that waits for it, and the gate accepts it', async () => {
    const { text } = await open();
    const gate = /\$GITOPS_STATUS_SERVER_URL(\/api\/v1\/gate\?[^"]*)"/.exec(text)?.[1] ?? '';
    expect(gate).toBe(`/api/v1/gate?repo=rsyslog&commit=${NEW}&wait=300`);
    expect((await at.get(gate.replace('&wait=300', ''))).status).toBe(409);
  });

  test('is told in the past tense once other commits have replaced it everywhere', async () => {
    await at.post(
      ['lab', 'prod', 'edge'].map((server) => aBody({ server, commit: 'newer', last_check: minute(50) })),
    );
    const { title, rowsOf } = await open();
    expect(title).toContain('c0ffee1111 was on 2 of 2 targets');
    expect(rowsOf('Where it landed').map(([standing]) => standing)).toEqual(['Replaced', 'Replaced']);
  });

  test('of several repos has all of them, and each', async () => {
    const page = await openPage(at, `/commit/${OLD}`);
    expect(page.title).toContain('aaaaaaaaaa is on 4 of 4 targets');
    expect(page.rowsOf('Where it landed').map(([, target]) => target)).toContain('nginx on web');
    expect(page.links).toContain(`/commit/${OLD}?repo=nginx`);
  });

  test('that nobody reported is not found, and the prefix of several is refused', async () => {
    expect((await openPage(at, '/commit/deadbee')).status).toBe(404);
    await at.post(aBody({ commit: 'c0ffee'.padEnd(40, '2'), server: 'lab', last_check: minute(50) }));
    const page = await openPage(at, '/commit/c0ffee');
    expect([page.status, page.text]).toEqual([422, expect.stringContaining('sha: c0ffee')]);
  });
});
