import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { aDay, minute } from '../report-day.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const TARGET = { repo: 'rsyslog', server: 'rsyslog-lab' };
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
    expect(text).toContain(
      'rsyslog-lab Out of sync for 9 min, checked 9 min ago at c Mute Acknowledge Pipeline run',
    );
    expect(text).toContain(
      'A commit is not on the host yet. At 12:50 it stopped matching Git: 2 files differ, and a newer commit is not on ' +
        'the server yet. Next: the deploy of that commit: run it, or find out why it failed.',
    );
    expect(text).toContain('Commit c Branch main Last in sync 12:20 Stale from 13:00 unless a report comes');
    expect(links).toEqual(expect.arrayContaining([run, '/file?name=y', '/?repo=rsyslog']));
  });

  test.each([
    [
      'a',
      'Somebody changed the host. At 12:00 it stopped matching Git: 1 file differs, and the commit is the one that ' +
        'was last in sync: no deploy did this. Next: the person who changed the host: revert the change there',
    ],
    [
      'b',
      'A commit is not on the host yet. At 12:00 it stopped matching Git: 1 file differs, and a newer commit',
    ],
    [
      undefined,
      'the cause is not known. At 12:00 it stopped matching Git: 1 file differs, and the commits that',
    ],
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
    expect(text).toContain(`The check could not tell. ${error.replace('\n', ' ')} unreachable`);
    expect(text).toContain('Unknown with an incident open for 1 min');
    expect(text).toContain('An incident has been open since 11:59: cause unknown.');
    expect(text).toContain('Next: the operator of the host: make the host reachable; the owner:');
  });

  test('that fell silent: its last state, and that the present one is not known', async () => {
    await at.post(aBody({ last_check: iso(NOON - 40 * MINUTE) }));
    const { text } = await open();
    expect(text).toContain('rsyslog-lab Stale for 30 min, checked 40 min ago Mute');
    expect(text).toContain(
      'No report has arrived in time. The last check was at 11:20, 40 min before, and said in sync: its state ' +
        'now is unknown.',
    );
  });

  test('that was declared and never reported', async () => {
    await at.service.app.request(`/api/v1/targets${LAB.replace('/target', '')}`, { method: 'PUT' });
    const { text } = await open();
    expect(text).toContain('Stale for 0 s, never checked');
    expect(text).toContain('It never reported. It was declared, but no report about it has arrived.');
  });

  test('that is in sync: nothing is to be done, and nothing is said about that', async () => {
    await at.post(aBody({ labels: { owner: 'team-web', env: 'lab' } }));
    const { html, text, links } = await open();
    expect(html).not.toContain('class="says');
    expect(text).toContain('Owner team-web env: lab');
    expect(links).toContain('/?label=env%3Alab');
    expect(text).toContain('Told nobody Muted no');
  });

  test('that flaps: how often', async () => {
    at.now = NOON + HOUR;
    const toggling = [aDrift(['f'], { last_check: minute(55) })];
    for (let i = 0; i < 10; i++) {
      const fields = { last_check: minute(i * 5) };
      toggling.push(i % 2 === 0 ? aDrift(['f'], fields) : aBody(fields));
    }
    await at.post(toggling.toSorted((a, b) => String(a.last_check).localeCompare(String(b.last_check))));
    expect((await open()).text).toContain('It flaps: 6 incidents opened in seven days.');
  });

  test('with messages: which channels were told, and when', async () => {
    await at.post(aDrift(['f']));
    const [facts] = await at.service.store.targetFacts({ names: [TARGET], now: at.now });
    const told = {
      id: undefined,
      targetId: facts?.id ?? 0,
      condition: 'drift',
      isFlapping: false,
      incidentId: 1,
      since: NOON,
      recordedAt: NOON,
      dueAt: NOON,
      repeatMs: DAY,
      thread: undefined,
      told: undefined,
      toldAt: NOON - MINUTE,
      hasNews: false,
      overAt: undefined,
      closedAt: undefined,
      heldUntil: undefined,
      messageId: undefined,
    } as const;
    await at.service.store.writeNotifications('web-ops', { cursor: 1, write: [told] });
    expect((await open()).text).toContain('Told web-ops at 11:59');
  });
});

describe('the history of a target', () => {
  beforeEach(() => aDay(at));

  test('is drawn as it was, including silence, and said in words', async () => {
    const { html, text } = await open();
    expect(html).toContain('aria-label="State over time: out of sync 10 min, stale 30 min, in sync 20 min"');
    expect(text).toContain('Commits 1 new');
    for (const commit of ['a', 'b']) expect(html).toContain(`<a href="/commit/${commit}?repo=rsyslog"`);
    expect(html).toMatch(
      /<title [^>]*>Out of sync from 2026-04-21 12:10 UTC to 2026-04-21 12:20 UTC<\/title>/,
    );
    // One axis for all of them.
    expect(html.match(/class="axis"/g)).toHaveLength(1);
    expect(html).toContain('aria-label="Files that differ over time: at most 2"');
    expect(text).toContain('30 days 66.6 % in sync; 50.0 % of the time known');
    expect(text).toContain('1 incident, resolved after 10 min (median)');
  });

  test('has the values of all lanes at an instant of its address', async () => {
    const { html, text } = await open('&from=2026-04-21T12:00&to=2026-04-21T13:00&at=2026-04-21T12:15:00Z');
    expect(text).toContain('2026-04-21 12:15 UTC: out of sync, 2 files, a');
    expect(html).toContain('<line x1="25%" x2="25%"');
    const readings = JSON.parse((/data-readings="([^"]*)"/.exec(html)?.[1] ?? '').replaceAll('&quot;', '"'));
    expect(readings.map(([, , words]: [number, number, string]) => words)).toEqual([
      'in sync, 0 files, a',
      'out of sync, 1 file, a',
      'out of sync, 2 files, a',
      'in sync, 0 files, b',
      'stale, files not known',
    ]);
  });

  test('has its incidents, a line per set of files, and the reports with their runs', async () => {
    const page = await open();
    expect(page.rowsOf('Incidents')).toEqual([['rsyslog.conf +1', '1×', '10 min', '12:10', 'host changed']]);
    expect(page.rowsOf('Reports').map(([checked, said]) => [checked, said])).toEqual([
      ['12:20', 'In sync'],
      ['12:15', 'Out of sync 2 files'],
      ['12:10', 'Out of sync 1 file'],
      ['12:00', 'In sync'],
    ]);
    expect(page.links).toContain('https://ci.example/10');
  });

  test('goes back as far as is requested', async () => {
    at.now = NOON + 40 * DAY;
    expect((await open()).rowsOf('Incidents')).toEqual([]);
    expect((await open('&range=90d')).rowsOf('Incidents')).toHaveLength(1);
    expect((await open('&range=90d')).text).toContain('Incidents in 90 days: 1');
    at.now = NOON + 2 * DAY;
    for (const range of ['24h', '7d', '30d'])
      expect((await open(`&range=${range}`)).text).toContain('Incidents in 30 days: 1');
  });

  test('shows how long the checks took', async () => {
    await at.post(
      [4000, 9400, 6100].map((duration_ms, i) =>
        aBody({ duration_ms, last_check: minute(40 + i), commit: 'b' }),
      ),
    );
    expect((await open()).text).toContain('The last 3 checks: latest 6.1 s, median 6.1 s, longest 9.4 s');
  });

  test('is available as CSV, for the same span that is shown', async () => {
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

describe('a target in the past', () => {
  beforeEach(() => aDay(at));

  test('says so and when, is not live, and links to now', async () => {
    const { title, text, html, links } = await open('&at=2026-04-21T12:17:00Z');
    expect(title).toContain('Out of sync on 2026-04-21 12:17 UTC: rsyslog on rsyslog-lab');
    expect(text).toContain('rsyslog-lab on 2026-04-21 12:17 UTC Out of sync for 7 min, checked 12:15 at a');
    expect(text).toContain('This is how it was. See it now');
    expect(text).toContain('What differs: 2 files');
    expect(text).toContain('12:10 open host changed');
    expect(text).not.toContain('Told');
    expect(html).not.toContain('data-live');
    expect(html).toContain('Not live');
    expect(links).toContain(LAB);
    expect(links).toContain(`/api/v1/status?repo=rsyslog&server=rsyslog-lab&at=2026-04-21T12%3A17%3A00.000Z`);
    for (const action of ['/mutes/new', '/target/acknowledge', '/target/retire'])
      expect(links.filter((link) => link.startsWith(action))).toEqual([]);
  });

  test('cut out of its history links back to 24 hours', async () => {
    const { html, text, links } = await open('&from=2026-04-21T12:05&to=2026-04-21T12:15');
    expect(text).toContain('12:05 to 12:15 Back to 24 hours');
    expect(links).toContain(LAB);
    expect(html).toContain('aria-label="State over time: out of sync 5 min, in sync 5 min"');
    expect(html).toContain('name="from" required="" value="2026-04-21T12:05"');
    // The range goes up to now: it is live.
    expect((await open('&from=now-10m')).html).toContain('data-live');
  });

  test.each([
    ['&from=2026-04-21T12:15&to=2026-04-21T12:05', 422, '`from` must be before `to`'],
    ['&from=2027-01-01T00:00', 422, '`from` must be before `to`, and before now'],
    ['&at=yesterday', 422, 'at: must be an instant'],
    ['&at=2026-04-20T00:00', 404, 'that was known at 2026-04-20T00:00:00.000Z'],
  ])('%s is answered with %i: %s', async (query, status, words) => {
    const page = await open(query);
    expect([page.status, page.text]).toEqual([status, expect.stringContaining(words)]);
  });
});

describe('what differs', () => {
  const names = Array.from({ length: 100 }, (_, i) => `etc/${i % 3}/file-${i}.conf`);

  test('is shown in full: how, how many lines, by which task and module', async () => {
    const files = [
      {
        name: 'a',
        change: 'content',
        lines_added: 2,
        lines_removed: 1,
        task: 'Configure',
        module: 'template',
      },
      { name: 'b', change: 'missing', lines_added: 7, lines_removed: 0 },
      { name: 'c' },
    ];
    const resources = [
      { name: 'nginx', change: 'changed', task: 'Start', module: 'service', count: 1 },
      { task: 'Secret', module: 'command', change: 'hidden', count: 3 },
      'not an object',
    ];
    await at.post(aDrift([], { files, resources, drift_count: 7 }));
    const page = await open();
    expect(page.rowsOf('Files that differ')).toEqual([
      ['a', 'content', '+2 −1', 'Configure', 'template'],
      ['b', 'missing', '+7', '', ''],
      ['c', '', '', '', ''],
    ]);
    expect(page.rowsOf('What differs apart from files')).toEqual([
      ['nginx', 'changed', '1', 'Start', 'service'],
      ['not named', 'hidden', '3', 'Secret', 'command'],
    ]);
    expect(page.text).toContain('What differs: 3 files and 4 resources');
    expect(page.html).not.toContain('<details class="dir"');
  });

  test('never pushes the timeline down, and a long list is grouped by directory', async () => {
    await at.post([aDrift(names, { drift_count: 2000 }), aDrift(names.slice(0, 12), { server: 'twelve' })]);
    const { html, links, text } = await open();
    expect(html.slice(0, html.indexOf('id="history"'))).not.toContain('/file?');
    const [, below = ''] = html.split('id="differs"');
    expect(below.match(/href="\/file\?/g)).toHaveLength(3 * 12);
    expect(below.match(/<details class="dir"[^>]* open/g)).toHaveLength(1);
    expect(text).toContain('What differs: 2000 files');
    expect(text).toContain('etc/0/ 34 files');
    expect(text).toContain('All 34 in etc/0/');
    expect(text).toContain('1900 more files differed and had no name in the report.');
    expect((await openPage(at, '/')).links).toContain(`${LAB}#differs`);
    const twelve = (await openPage(at, '/target?repo=rsyslog&server=twelve')).html.split('id="differs"')[1];
    expect(twelve).not.toContain('<details class="dir"');
    const seen = new Set<string>();
    for (const link of links.filter((one) => one.includes('&dir='))) {
      const page = await openPage(at, link.replace(/#.*/, ''));
      for (const [name = ''] of page.rowsOf('Files that differ')) seen.add(name);
    }
    expect(seen).toEqual(new Set(names.map((name) => name.slice('etc/0/'.length))));
  });

  test('can be searched if there is more than fifty', async () => {
    await at.post([aDrift(names), aDrift(names.slice(0, 50), { server: 'fifty' })]);
    expect((await open()).html).toContain('placeholder="Filter 100 files"');
    expect((await openPage(at, '/target?repo=rsyslog&server=fifty')).html).not.toContain(
      'placeholder="Filter',
    );
    const found = await open('&file=FILE-9');
    expect(found.rowsOf('Files that differ').map(([name]) => name)).toHaveLength(11);
    expect(found.text).toContain('11 of 100 files have FILE-9 in their name. All 100 files');
    expect((await open('&file=nothing')).text).toContain('0 of 100 files have nothing in their name.');
  });

  test('of a report is complete in the API, where its line leads', async () => {
    await at.post(aDrift(names));
    const [line = ''] = (await open()).links.filter((link) =>
      link.startsWith('/api/v1/reports?repo=rsyslog&server=rsyslog-lab&from='),
    );
    expect(JSON.stringify(await at.json(line))).toContain('etc/0/file-99.conf');
  });
});

describe('the reports of a target', () => {
  test('has pages, with each report once', async () => {
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
  test('has one line for the same files, and links to all of them', async () => {
    at.now = NOON + 2 * HOUR;
    const toggling = Array.from({ length: 60 }, (_, i) => {
      const fields = { last_check: minute(i) };
      return i % 2 === 0 ? aDrift(['f'], fields) : aBody(fields);
    });
    await at.post(toggling);
    const page = await open();
    expect(page.rowsOf('Incidents')).toEqual([['f', '30×', '1 min', '12:58', 'cause unknown']]);
    expect(page.text).toContain('Incidents in 30 days: 30');
    const all = page.links.find((link) => link.startsWith('/incidents?')) ?? '';
    expect((await openPage(at, all)).text).toMatch(/1\s*2\s*30 incidents/);
  });
});
