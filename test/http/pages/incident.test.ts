import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { minute } from '../report-day.ts';
import { aBody, aDrift, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
  at.now = NOON + HOUR;
});

/** A check that is valid for an hour. */
const hourly = (i: number) => ({ last_check: minute(i), expected_interval_s: 1200 });

/** The page of the newest incident of a server. */
async function openIncident(server = 'rsyslog-lab') {
  const [newest] = (await at.json(`/api/v1/incidents?server=${server}`)) as { id: number }[];
  return openPage(at, `/incident/${newest?.id}`);
}

const send = (method: string, path: string, body?: object) =>
  at.service.app.request(path, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });

/** What happened, according to the page. */
function storyIn(html: string): string[] {
  const [, list = ''] = /<ol class="panel story">(.*?)<\/ol>/s.exec(html) ?? [];
  return [...list.matchAll(/<li>(.*?)<\/li>/gs)].map(([, entry = '']) =>
    entry
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
}

describe('the page of an open incident', () => {
  beforeEach(async () => {
    const onLab = (i: number) => ({ commit: 'abc123', labels: { owner: 'team-web' }, ...hourly(i) });
    await at.post([
      aBody(onLab(0)),
      { ...aBody(onLab(10)), sync_status: 'UNKNOWN', error: 'no route to host' },
      aBody(onLab(12)),
      aDrift(['a', 'b'], { ...onLab(20), run_url: 'https://ci.example/20' }),
      aDrift(['a', 'b', 'c'], { ...onLab(55), run_url: 'https://ci.example/55' }),
    ]);
  });

  test('is a sentence with the cause, and says for how long and who acts', async () => {
    const { title, text, html } = await openIncident();
    expect(title).toBe('rsyslog-lab does not match rsyslog: the host changed · gitops-status-server');
    expect(text).toContain(
      'rsyslog-lab does not match rsyslog: the host changed Open for 40 min, at most 3 files. Next: team-web (owner); ' +
        'the person who changed the host: revert the change there, or commit it.',
    );
    expect(html).toContain('data-live');
  });

  test('lists what happened, newest first', async () => {
    const { html } = await openIncident();
    expect(storyIn(html)).toEqual([
      '12:55 Now 3 files differ The run that found it',
      '12:20 Opened: 2 files differ, the commit is still abc123 The run that found it',
      '12:12 The last check in sync at abc123',
      '12:10 The check could not tell, for 2 min no route to host',
    ]);
    expect(html).toContain('the commit is still <a href="/commit/abc123?repo=rsyslog">');
  });

  test('says who acknowledged it, and what people can do', async () => {
    const [{ id } = { id: 0 }] = (await at.json('/api/v1/incidents')) as { id: number }[];
    await send('PUT', `/api/v1/incidents/${id}/acknowledgement`, { note: 'asking who did it', by: 'alice' });
    at.now += 2 * MINUTE;
    const { html, text, links } = await openIncident();
    expect(storyIn(html)[0]).toBe('13:00 alice (name not verified) acknowledged it: asking who did it');
    expect(text).toContain('Acknowledged by alice (name not verified), 2 min ago');
    expect(text).toContain('Owner team-web');
    expect(links).toEqual(
      expect.arrayContaining([
        '/mutes/new?repo=rsyslog&server=rsyslog-lab',
        '/target/acknowledge?repo=rsyslog&server=rsyslog-lab',
        '/target?repo=rsyslog&server=rsyslog-lab',
        'https://ci.example/55',
      ]),
    );
  });

  test('says which channels were told, and how long after it opened', async () => {
    const told = {
      id: undefined,
      targetId: 1,
      condition: 'drift',
      isFlapping: false,
      incidentId: 1,
      since: NOON,
      recordedAt: NOON,
      dueAt: NOON,
      repeatMs: HOUR,
      thread: undefined,
      told: undefined,
      toldAt: NOON + 30 * MINUTE,
      hasNews: false,
      overAt: undefined,
      closedAt: undefined,
      heldUntil: undefined,
      messageId: undefined,
    } as const;
    // The second was told about an incident before it.
    const write = [told, { ...told, toldAt: NOON + 5 * MINUTE }];
    await at.service.store.writeNotifications('web-ops', { cursor: 1, write });
    const { html } = await openIncident();
    expect(storyIn(html).filter((entry) => entry.includes('was told'))).toEqual([
      '12:30 web-ops was told 10 min after it opened',
    ]);
  });

  test('never looks in sync while no check can tell, or none is reported', async () => {
    await at.post({ ...aBody(hourly(58)), sync_status: 'UNKNOWN', error: 'timeout' });
    expect((await openIncident()).text).toContain(
      'Its target is Unknown now. Next: team-web (owner); the maintainer',
    );
    at.now += 12 * HOUR;
    const { text, html } = await openIncident();
    expect(text).toMatch(/Open for 12 h 40 min.* Its target is Stale now/);
    expect(storyIn(html).slice(0, 2)).toEqual([
      expect.stringContaining('No check was reported, for 11 h 2 min up to now'),
      expect.stringContaining('The check could not tell, for 1 h timeout'),
    ]);
  });

  test('lists what the last check found, how it differs, and what differed only earlier', async () => {
    const files = [
      { name: 'b', change: 'content', lines_added: 2, lines_removed: 1, task: 'Sites', module: 'copy' },
      { name: 'c' },
    ];
    await at.post({ ...aDrift([], hourly(57)), files, drift_count: 4 });
    const page = await openIncident();
    expect(page.rowsOf('Files that differ')).toEqual([
      ['b', 'content', '+2 −1', 'Sites', 'copy'],
      ['c', '', '', '', ''],
    ]);
    expect(page.text).toContain('What differs: 4 files As of the last check that found it, 3 min ago');
    expect(page.text).toContain('2 more files differed and had no name in the report.');
    expect(page.text).toContain('Earlier in this incident also: a');
  });

  test('has a link to all of many files', async () => {
    await at.post(
      aDrift(
        Array.from({ length: 40 }, (_, i) => `f${i}`),
        hourly(57),
      ),
    );
    const page = await openIncident();
    expect(page.rowsOf('Files that differ')).toHaveLength(12);
    expect(page.text).toContain('All 40 files');
    expect(page.links).toContain('/target?repo=rsyslog&server=rsyslog-lab#differs');
  });

  test('has a link to the same incident in the API', async () => {
    const json = (await openIncident()).links.find((link) => link.startsWith('/api/v1/incidents?')) ?? '';
    expect(await at.json(json)).toMatchObject([{ server: 'rsyslog-lab', files: ['a', 'b', 'c'] }]);
  });
});

describe('the page of an incident that is over', () => {
  const drift = (i: number, commit?: string) => aDrift(['a'], { commit, last_check: minute(i) });
  const synced = (i: number, commit?: string) => aBody({ commit, last_check: minute(i) });

  test.each([
    ['a commit', 'b', 'Resolved after 5 min by b, at most 1 file.', 'Resolved by the commit b'],
    [
      'a hand',
      'a',
      'Resolved after 5 min by hand (the commit is the one it opened with), at most 1 file.',
      'Resolved by hand: in sync, and the commit is still a',
    ],
    [
      'what is not known',
      undefined,
      'Resolved after 5 min by unknown means, at most 1 file.',
      'Resolved: in sync. It is not known whether a commit or a person resolved it',
    ],
  ])('says that it was resolved by %s', async (_, commit, answer, entry) => {
    await at.post([synced(0, 'a'), drift(10, 'a'), synced(15, commit)]);
    const { title, text, html, links } = await openIncident();
    expect(title).toMatch(/^rsyslog-lab did not match rsyslog: the host changed /);
    expect(text).toContain(answer);
    expect(storyIn(html)[0]).toBe(`12:15 ${entry}`);
    expect(links.filter((link) => /^\/(?:mutes\/new|target\/acknowledge)/.test(link))).toEqual([]);
  });

  test('has earlier incidents with the same files, here and elsewhere in the repo, and no others', async () => {
    const elsewhere = (server: string, files: string[], i: number) =>
      aDrift(files, { server, last_check: minute(i) });
    await at.post([
      synced(0),
      drift(1),
      synced(2),
      aDrift(['a', 'b'], { last_check: minute(3) }),
      synced(4),
      drift(5),
      synced(6),
      elsewhere('prod', ['a'], 3),
      elsewhere('other', ['b'], 3),
      { ...elsewhere('prod', ['a'], 4), repo: 'nginx' },
    ]);
    const { html, links } = await openIncident();
    const [, here = '', there = ''] = html.split('<section class="panel alike">');
    expect([...here.matchAll(/href="\/incident\/\d+"><time[^>]*>([^<]*)/g)].map(([, when]) => when)).toEqual([
      '12:01',
    ]);
    expect([...there.matchAll(/href="\/incident\/\d+">([^<]*)</g)].map(([, server]) => server)).toEqual([
      'prod',
    ]);
    expect(links).toContain('/incidents?repo=rsyslog&server=rsyslog-lab&each=true');
  });
});

describe('an unknown incident', () => {
  test.each(['99', '0', 'x', '1e3', '12345678901234567890'])('%s is a page that says so', async (id) => {
    await at.post(aDrift(['a'], {}));
    const page = await openPage(at, `/incident/${id}`);
    expect([page.status, page.title]).toEqual([404, 'Not found · gitops-status-server']);
    expect(page.text).toContain(`There is no incident ${id}.`);
  });

  test('of a deleted target is not found, as in the API', async () => {
    await at.post(aDrift(['a'], {}));
    expect((await openIncident()).status).toBe(200);
    const [{ id } = { id: 0 }] = (await at.json('/api/v1/incidents')) as { id: number }[];
    await send('DELETE', '/api/v1/targets?repo=rsyslog&server=rsyslog-lab');
    expect((await openPage(at, `/incident/${id}`)).status).toBe(404);
    expect(await at.json('/api/v1/incidents')).toEqual([]);
  });
});
