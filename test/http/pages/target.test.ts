import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { aDay, minute } from '../a-day.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const LAB = '/target?repo=rsyslog&server=rsyslog-lab';
const open = async (query = '') => openPage(at, `${LAB}${query}`);

describe('a target now', () => {
  test('that drifted: since when, which files, after which commit, and who did it', async () => {
    await aDay(at);
    const run = 'https://ci.example/50';
    at.now -= MINUTE;
    await at.post(aDrift(['y', 'z'], { commit: 'c', branch: 'main', last_check: minute(50), run_url: run }));
    const { title, text, links } = await open();
    expect(title).toBe('Out of sync: rsyslog on rsyslog-lab · gitops-status-server');
    expect(text).toMatch(
      /rsyslog-lab Out of sync for 9 min Mute Acknowledge Retire Since 2026-04-21 12:50 UTC Files y z/,
    );
    expect(text).toContain('commit not applied: a newer commit is not on the server yet; open for 9 min');
    expect(text).toContain('Commit c on main');
    expect(text).toContain('Last in sync 2026-04-21 12:20 UTC');
    expect(links).toEqual(expect.arrayContaining([run, '/file?name=y', '/?repo=rsyslog']));
  });

  test.each([
    ['a', 'host changed: the commit is the one that was last in sync'],
    ['b', 'commit not applied: a newer commit is not on the server yet'],
    [undefined, 'cause unknown: the commits that would tell are not known'],
  ])('that drifted at %s after a was in sync: %s', async (commit, words) => {
    await at.post([
      aBody({ commit: 'a', last_check: iso(NOON - MINUTE) }),
      aDrift(['f'], commit === undefined ? {} : { commit }),
    ]);
    expect((await open()).text).toContain(words);
  });

  test('that could not be checked: why, and that an incident is still open', async () => {
    const error = `ssh: no route\n${'x'.repeat(1000)}`;
    await at.post([
      aDrift(['f'], { last_check: iso(NOON - MINUTE) }),
      aBody({ sync_status: 'UNKNOWN', error, error_kind: 'unreachable' }),
    ]);
    const { text } = await open();
    expect(text).toContain(`Error ${error.replace('\n', ' ')} unreachable`);
    expect(text).toContain('open for 1 min');
  });

  test('that fell silent: what it said last, and that nobody knows how it is', async () => {
    await at.post(aBody({ last_check: iso(NOON - 40 * MINUTE) }));
    const { text } = await open();
    expect(text).toMatch(/rsyslog-lab Stale for 30 min Mute Retire Stale since 2026-04-21 11:30 UTC/);
    expect(text).toContain('silent since its check 40 min ago, which said in sync: its state now is unknown');
  });
});

describe('the history of a target', () => {
  beforeEach(() => aDay(at));

  test('is drawn as it was, silence included, and told in words', async () => {
    const { html, text } = await open();
    expect(html).toContain(
      'aria-label="States: in sync 20 min, out of sync 10 min, stale 30 min; 1 new commit"',
    );
    expect(html).toMatch(
      /<title [^>]*>Out of sync from 2026-04-21 12:10 UTC to 2026-04-21 12:20 UTC<\/title>/,
    );
    expect(html).toMatch(/<title [^>]*>New commit b, first checked 2026-04-21 12:20 UTC<\/title>/);
    // One axis for all of them.
    expect(html.match(/class="axis"/g)).toHaveLength(1);
    expect(html).toContain('aria-label="Files that differ over time, at most 2"');
    expect(text).toContain('In sync 66.6 % of the time that was known');
    expect(text).toContain('Coverage 50.0 % of the time was known');
    expect(text).toContain('Median time to resolve 10 min');
  });

  test('has its incidents, the files and the reports with their runs', async () => {
    const page = await open();
    expect(page.rowsOf('Incidents')).toEqual([
      [
        '2026-04-21 12:10 UTC',
        '10 min until 2026-04-21 12:20 UTC',
        'host changed',
        'rsyslog.conf x',
        'a resolved by b',
        'opened ↗ resolved ↗',
      ],
    ]);
    expect(page.rowsOf('Files')).toMatchObject([
      ['rsyslog.conf', '10 min', '1', '2026-04-21 12:10 UTC', '2026-04-21 12:15 UTC', 'not drifted'],
      ['x', '5 min', '1', '2026-04-21 12:15 UTC', '2026-04-21 12:15 UTC', 'not drifted'],
    ]);
    expect(page.rowsOf('Reports').map(([checked, said]) => [checked, said])).toEqual([
      ['2026-04-21 12:20 UTC', 'In sync'],
      ['2026-04-21 12:15 UTC', 'Out of sync'],
      ['2026-04-21 12:10 UTC', 'Out of sync'],
      ['2026-04-21 12:00 UTC', 'In sync'],
    ]);
  });

  test('goes back as far as is asked for', async () => {
    at.now = NOON + 2 * DAY;
    expect((await open()).rowsOf('Incidents')).toEqual([]);
    for (const range of ['7d', '30d', '90d']) {
      expect((await open(`&range=${range}`)).rowsOf('Incidents')).toHaveLength(1);
    }
  });

  test('can be had as CSV, of the very span that is shown', async () => {
    const csv = (await open()).links.filter((link) => link.includes('format=csv'));
    expect(csv).toHaveLength(4);
    for (const link of csv)
      expect((await (await at.get(link)).text()).trim().split('\n').length).toBeGreaterThan(1);
  });

  test('has the badge to copy', async () => {
    const { text, links } = await open();
    const badge = '/badge.svg?repo=rsyslog&server=rsyslog-lab';
    expect(text).toContain(`[![drift](http://localhost${badge})](http://localhost${LAB})`);
    expect(links).toContain(badge);
  });
});

describe('a target with many files that differ', () => {
  const names = Array.from({ length: 100 }, (_, i) => `etc/${i % 3}/file-${i}.conf`);

  test('names a few of them above its history, and leads to all of them below it', async () => {
    await at.post([aDrift(names, { drift_count: 2000 }), aDrift(names.slice(0, 7), { server: 'seven' })]);
    const { html, links, text } = await open();
    const above = html.slice(0, html.indexOf('id="history"'));
    expect(above.match(/href="\/file\?/g)).toHaveLength(5);
    expect(above).toContain('<a href="#differs">and 1995 more</a>');
    const [, below = ''] = html.split('id="differs"');
    expect(new Set(below.match(/(?<=href="\/file\?name=)[^"]*/g))).toEqual(
      new Set(names.map((name) => encodeURIComponent(name))),
    );
    expect(text).toContain('What differs: 2000 files etc/0/ 34 files');
    expect(text).toContain('1900 more files differed and had no name in the report.');
    expect(links).toContain('#differs');
    expect((await openPage(at, '/')).links).toContain(`${LAB}#differs`);
    const seven = (await openPage(at, '/target?repo=rsyslog&server=seven')).html.split('id="differs"')[1];
    expect(seven).not.toContain('<details');
  });

  test('has in its lists links to the names that they leave out', async () => {
    await at.post(aDrift(names));
    const { links } = await open();
    const rest = links.filter(
      (link) =>
        /^\/api\/v1\/(?:incidents|reports)\?repo=rsyslog&server=rsyslog-lab&from=/.test(link) &&
        !link.includes('csv'),
    );
    expect(rest).toHaveLength(2);
    for (const link of rest) expect(JSON.stringify(await at.json(link))).toContain('etc/0/file-99.conf');
  });
});

describe('the reports of a target', () => {
  test('come in pages, each of them once', async () => {
    at.now = NOON + HOUR;
    await at.post(Array.from({ length: 60 }, (_, i) => aBody({ last_check: minute(i) })));
    const seen: string[] = [];
    for (let next: string | undefined = LAB; next !== undefined; ) {
      const page = await openPage(at, next);
      seen.push(...page.rowsOf('Reports').map(([checked = '']) => checked));
      next = page.links.find((link) => link.includes('cursor='))?.replace('#reports', '');
    }
    expect(seen).toHaveLength(60);
    expect(new Set(seen).size).toBe(60);
  });
});

describe('a target with more history than a page can hold', () => {
  test('shows the newest incidents, and leads to all of them', async () => {
    at.now = NOON + 2 * HOUR;
    const toggling = Array.from({ length: 60 }, (_, i) => {
      const fields = { last_check: minute(i) };
      return i % 2 === 0 ? aDrift(['f'], fields) : aBody(fields);
    });
    await at.post(toggling);
    const page = await open();
    expect(page.rowsOf('Incidents')).toHaveLength(20);
    expect(page.rowsOf('Incidents')[0]?.[0]).toBe('2026-04-21 12:58 UTC');
    expect(page.rowsOf('Recurring')).toEqual([
      ['f', '30 times in 24 hours, median 1 min', '2026-04-21 12:58 UTC'],
    ]);
    expect(page.text).toContain('All 30 incidents');
    const all = page.links.find((link) => link.startsWith('/incidents?')) ?? '';
    expect((await openPage(at, all)).rowsOf('Incidents')).toHaveLength(30);
  });
});
