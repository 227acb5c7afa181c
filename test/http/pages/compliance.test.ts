import { beforeEach, describe, expect, test } from 'vitest';
import { aBody, aDrift, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

const at = (text: string) => Date.parse(`2026-${text}Z`);

let service: TestService;

async function told(text: string, body: typeof aBody, fields: object = {}): Promise<void> {
  service.now = at(text);
  const lasting = { repo: 'web', server: 'a', expected_interval_s: 2_678_400 };
  await service.post(body({ ...lasting, last_check: new Date(at(text)).toISOString(), ...fields }));
}

/** Web is out of sync for the last twelve hours of March and the first of April; db is in sync, and lab unknown. */
beforeEach(async () => {
  service = startService();
  await told('03-16T00:00:00', aBody, { labels: { env: 'prod' } });
  await told('03-31T12:00:00', (fields) => aDrift(['x'], fields));
  await told('04-01T12:00:00', aBody);
  await told('04-11T00:00:00', aBody, { repo: 'db', server: 'b' });
  await told('04-19T00:00:00', aBody, {
    repo: 'lab',
    server: 'c',
    sync_status: 'UNKNOWN',
    error: 'no route',
  });
  service.now = at('04-21T00:00:00');
});

const open = (query = '') => openPage(service, `/compliance${query}`);

describe('the compliance of a month', () => {
  test('is in its headline with the zone, and the known share is in the next sentence', async () => {
    const { title, text } = await open();
    expect(title).toBe('98.3 % in sync in April 2026 (UTC), so far · gitops-status-server');
    expect(text).toContain(
      'This is the share of the known time: 93.7 % of all target time was known. Silence and failed checks ' +
        'are never counted as in sync.',
    );
    expect(text).toContain('Late reports may still change past months.');
    expect(text).toContain('Incidents 0 Median time to resolve 1 d March 96.8 % +1.5 points since');
  });

  test('that is over says so, by the months of its zone', async () => {
    const { title, text } = await open('?month=2026-03&tz=Europe/Berlin');
    expect(title).toMatch(/^97\.3 % in sync in March 2026 \(Europe\/Berlin\) ·/);
    expect(text).toContain('Late reports may still change a month that is over.');
    expect(text).toContain('Incidents 1 Median time to resolve none resolved');
  });

  test('is beside the months before, the newest left, and an unknown one has no number', async () => {
    const { html, rowsOf } = await open();
    const head = /<thead.*?<\/thead>/s
      .exec(html)?.[0]
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    expect(head).toContain('Repo Apr so far Mar Feb Jan 2026 Dec Nov');
    const none = Array.from({ length: 4 }, () => 'no data');
    expect(rowsOf('By month')).toEqual([
      ['db', '100 %', 'no data', ...none],
      ['lab', 'no data', 'no data', ...none],
      ['web', '97.5 %', '96.8 %', ...none],
      ['All', '98.3 %', '96.8 %', ...none],
    ]);
  });

  test('has the time in each state for each group, the worst first and the unknown last', async () => {
    const { html, rowsOf } = await open();
    expect(
      rowsOf('Where the time went').map(([name, inSync, known, , out]) => [name, inSync, known, out]),
    ).toEqual([
      ['web', '97.5 %', '100 %', '12 h'],
      ['db', '100 %', '100 %', '0 s'],
      ['lab', 'no data', '0.0 %', '0 s'],
    ]);
    const bars = [...html.matchAll(/<svg class="strip" role="img" aria-label="([^"]*)"/g)].map(
      ([, words]) => words,
    );
    expect(bars).toEqual([
      'web: in sync 19 d 12 h, out of sync 12 h',
      'db: in sync 10 d',
      'lab: unknown 2 d',
    ]);
  });

  test('links to its targets, and a target to its page', async () => {
    const { links } = await open();
    expect(links).toContain('/compliance?by=target&month=2026-03&repo=web');
    const targets = await open('?by=target&month=2026-03&repo=web');
    expect(targets.title).toMatch(/^web: 96\.8 % in sync in March 2026/);
    expect(targets.rowsOf('Where the time went').map(([name]) => name)).toEqual(['web on a']);
    expect(targets.links).toContain('/target?repo=web&server=a');
  });

  test('can be grouped by the value of a label, too', async () => {
    const { links, rowsOf } = await open('?by=label:env');
    expect(rowsOf('Where the time went').map(([name]) => name)).toEqual(['prod', 'without env']);
    expect(links).toContain('/compliance?by=target&month=2026-04&label=env%3Aprod');
  });

  test('is never rounded up: 100 % means all', async () => {
    await told('04-21T00:00:00', (fields) => aDrift(['x'], fields), { repo: 'db', server: 'b' });
    await told('04-21T00:01:00', aBody, { repo: 'db', server: 'b' });
    const [db] = (await open('?repo=db')).rowsOf('By month');
    expect(db?.[1]).toBe('99.9 %');
  });

  test('without any target has no number', async () => {
    const { title, text } = await openPage(startService(), '/compliance');
    expect(title).toMatch(/^No data for April 2026 \(UTC\), so far/);
    expect(text).toContain('There was no target in this month.');
  });

  test('older than those shown comes with the months before it', async () => {
    service.now = at('12-15T00:00:00');
    expect((await open()).links).toContain('/compliance?month=2026-06');
    const { html, links } = await open('?month=2026-04');
    expect(links).not.toContain('/compliance?month=2025-10');
    expect(html).toContain('>Apr</th>');
    expect(html).not.toContain('so far');
  });

  test('is available as rows of the API, and as a picture with the same figures', async () => {
    const { links } = await open();
    const csv = links.find((link) => link.includes('format=csv')) ?? '';
    expect((await (await service.get(csv)).text()).split('\r\n').slice(1, -1)).toHaveLength(4);
    const answer = await service.get(links.find((link) => link.startsWith('/compliance.svg')) ?? '');
    expect(answer.headers.get('Content-Type')).toMatch(/^image\/svg\+xml/);
    const words = (await answer.text()).replace(/<[^>]*>/g, '\n').split(/\n+/);
    expect(words).toEqual(
      expect.arrayContaining([
        '98.3 % in sync in April 2026 (UTC), so far',
        'web',
        '97.5 %',
        'no data',
        'All',
      ]),
    );
  });

  test('of more than twenty groups has pages, the worst on the first', async () => {
    for (let i = 0; i < 21; i++) await told('04-21T00:00:00', aBody, { repo: `repo-${i}` });
    service.now = at('04-22T00:00:00');
    const [first, second] = [await open('?by=target'), await open('?by=target&page=2')];
    expect(first.rowsOf('Where the time went')).toHaveLength(20);
    expect(first.rowsOf('Where the time went')[0]?.[0]).toBe('web on a');
    expect(second.rowsOf('Where the time went')).toHaveLength(4);
  });
});
