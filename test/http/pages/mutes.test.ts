import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../service.ts';
import { fieldsOf, fillForm, sendForm } from './form.ts';
import { openPage } from './page.ts';

let at: TestService;
beforeEach(async () => {
  at = startService();
  await at.post([
    aDrift(['a', 'b'], { labels: { env: 'lab' } }),
    aDrift(['a'], { server: 'other' }),
    aBody({ server: 'fine' }),
    aBody({ repo: 'nginx' }),
  ]);
});

const LAB = 'repo=rsyslog&server=rsyslog-lab';
const NEW = `/mutes/new?${LAB}`;
const why = { reason: 'new edge', by: 'alice' };
const seen = async (answer: Response) => ({
  status: answer.status,
  location: answer.headers.get('Location'),
  html: await answer.text(),
});

describe('the page of a new mute', () => {
  test('shows what it matches now before it is made, and other suggestions', async () => {
    const page = await openPage(at, NEW);
    expect(page.title).toBe('Mute rsyslog on rsyslog-lab · gitops-status-server');
    expect(page.text).toContain(
      'Nobody gets a message while it is muted. State, history and compliance stay as they are',
    );
    expect(page.text).toContain('Matches 1 target and 1 open incident now.');
    expect(page.text).toContain('These 2 files The whole target All of rsyslog (3 targets)');
    const all = page.links.find((link) => link.startsWith('/mutes/new?repo=rsyslog&until'));
    expect((await openPage(at, all ?? '')).text).toContain('Matches 3 targets and 2 open incidents now.');
    const files = page.links.find((link) => link.includes('file='));
    const byFile = await openPage(at, files ?? '');
    expect(fieldsOf(byFile, '/mutes').get('file')).toBe('a\nb');
    expect(byFile.text).toContain('Matches 1 target and 1 open incident now.');
  });

  test('makes one, and leads to it', async () => {
    const answer = await fillForm(at, { page: NEW, action: '/mutes' }, { ...why, until: '1h' });
    expect(await seen(answer)).toMatchObject({ status: 303, location: '/mutes/1' });
    expect(await at.json('/api/v1/mutes')).toMatchObject([
      {
        repo: ['rsyslog'],
        server: ['rsyslog-lab'],
        file: null,
        reason: 'new edge',
        by: 'alice',
        by_verified: false,
        ends_at: iso(NOON + HOUR),
      },
    ]);
    expect((await openPage(at, '/mutes/1')).text).toMatch(
      /Mute 1: in force What repo: rsyslog server: rsyslog-lab Until 2026-04-21 13:00 UTC Reason new edge By alice \(name not verified\)/,
    );
  });

  test.each([
    // NOON is a Tuesday.
    ['tomorrow', '2026-04-22T09:00:00.000Z'],
    ['friday', '2026-04-24T18:00:00.000Z'],
    ['in_sync', iso(NOON + 90 * DAY)],
  ])('ends %s', async (until, ends_at) => {
    await fillForm(at, { page: `${NEW}&until=${until}`, action: '/mutes' }, { ...why });
    expect(await at.json('/api/v1/mutes')).toMatchObject([{ ends_at, until_in_sync: until === 'in_sync' }]);
  });

  test('takes other start and end times, in UTC', async () => {
    const window = { until: 'at', starts_at: '2026-04-22T02:00', ends_at: '2026-04-22T04:30' };
    await fillForm(at, { page: NEW, action: '/mutes' }, { ...why, ...window });
    expect(await at.json('/api/v1/mutes')).toMatchObject([
      { status: 'scheduled', starts_at: '2026-04-22T02:00:00.000Z', ends_at: '2026-04-22T04:30:00.000Z' },
    ]);
  });

  test('accepts every matcher', async () => {
    const typed = {
      repo: 'rsys*, !nginx',
      server: '',
      label: 'env:lab\nteam:',
      file: 'a\nb c',
      cause: 'unknown host_changed',
      state: 'OUT_OF_SYNC',
    };
    const action = '/mutes';
    const shown = fieldsOf(await openPage(at, `/mutes/new?${new URLSearchParams(typed)}`), action);
    const answer = await sendForm(at, { action, fields: shown }, why);
    expect(answer.status).toBe(303);
    expect(await at.json('/api/v1/mutes')).toMatchObject([
      {
        repo: ['rsys*', '!nginx'],
        server: null,
        labels: { env: ['lab'], team: [''] },
        file: ['a', 'b c'],
        cause: ['', 'host_changed'],
        state: ['OUT_OF_SYNC'],
      },
    ]);
  });

  test('shows the matches if something else was typed than was shown, and makes it after that', async () => {
    const answer = await fillForm(at, { page: NEW, action: '/mutes' }, { ...why, server: '' });
    const again = await seen(answer);
    expect(again.status).toBe(200);
    expect(again.html).toContain('Nothing was done yet: press the button again');
    expect(await at.json('/api/v1/mutes')).toEqual([]);
    const page = { html: again.html } as Parameters<typeof fieldsOf>[0];
    const fields = fieldsOf(page, '/mutes');
    expect([fields.get('server'), fields.get('reason')]).toEqual(['', 'new edge']);
    expect((await sendForm(at, { action: '/mutes', fields })).status).toBe(303);
    expect(await at.json('/api/v1/mutes')).toMatchObject([{ matches: { targets: 3, incidents: 2 } }]);
  });

  test.each([
    [{ reason: '' }, 'reason', 'must not be empty'],
    [{ by: '' }, 'by', 'Say who you are'],
    [{ by: 'a\u202eb' }, 'by', 'Say who you are'],
    [{ repo: 'a|b' }, 'repo', 'is neither a name nor a pattern of names'],
    [{ label: 'env' }, 'label', 'must be key:value, such as env:prod'],
    [{ cause: 'me' }, 'cause', 'must be one of host_changed'],
    [{ state: 'SYNCED' }, 'state', 'must be one of OUT_OF_SYNC'],
    [{ until: 'never' }, 'until', 'Choose one of these'],
    [{ until: 'at' }, 'ends_at', 'Say when it ends'],
    [{ until: 'at', ends_at: '2026-04-21T11:00' }, 'ends_at', 'must be after now'],
    [{ until: 'at', ends_at: '2027-04-21T11:00' }, 'ends_at', 'must be within 90 days'],
    [{ until: '1h', starts_at: '2026-04-21T14:00' }, 'until', 'must be after starts_at'],
    [
      { server: 'fine', until: 'in_sync', shown: '[{"repo":["rsyslog"],"server":["fine"]},true]' },
      'until',
      'in sync now',
    ],
  ])(
    'is refused with what is wrong beside the field, and keeps what was typed: %j',
    async (typed, name, words) => {
      const { status, html } = await seen(
        await fillForm(at, { page: NEW, action: '/mutes' }, { ...why, until: '1h', ...typed }),
      );
      expect(status).toBe(422);
      const fault = new RegExp(`<p class="fault" id="${name}-fault">([^<]*)`).exec(html)?.[1];
      expect(fault).toContain(words);
      expect(html).toMatch(new RegExp(`aria-describedby="[^"]*${name}-fault`));
      expect(html).toContain('role="alert"');
      const kept = fieldsOf({ html } as Parameters<typeof fieldsOf>[0], '/mutes');
      for (const [field, value] of Object.entries({ ...why, ...typed }))
        if (field !== 'shown' && field !== 'until') expect(kept.get(field)).toBe(value);
      expect(await at.json('/api/v1/mutes')).toEqual([]);
    },
  );

  test('needs something to match', async () => {
    const { status, html } = await seen(await fillForm(at, { page: '/mutes/new', action: '/mutes' }, why));
    expect([status, html]).toEqual([422, expect.stringContaining('Say what to mute: a repo')]);
    expect((await openPage(at, '/mutes/new')).text).not.toContain('Say what to mute');
  });

  test('is only a form', async () => {
    const json = await at.post({ repo: 'a' }, '/mutes');
    expect(json.status).toBe(415);
    const large = new URLSearchParams({ reason: 'x'.repeat(40_000) });
    expect((await sendForm(at, { action: '/mutes', fields: large })).status).toBe(413);
  });

  test('below a base path leads to the right place', async () => {
    at = startService({ GITOPS_STATUS_BASE_PATH: '/drift' });
    await at.post([aDrift(['a'])], '/drift/api/v1/reports');
    const page = await openPage(at, `/drift${NEW}`);
    expect(page.html).toContain(' formaction="/drift/mutes/new"');
    const fields = fieldsOf(page, '/drift/mutes');
    const answer = await sendForm(at, { action: '/drift/mutes', fields }, why);
    expect(answer.headers.get('Location')).toBe('/drift/mutes/1');
  });
});

describe('a mute on its page', () => {
  beforeEach(async () => {
    await fillForm(at, { page: NEW, action: '/mutes' }, { ...why, until: 'tomorrow' });
  });

  test('is in the list, with what it matches now', async () => {
    const page = await openPage(at, '/mutes');
    expect(page.title).toBe('1 mute in force · gitops-status-server');
    expect(page.rowsOf('Mutes')).toEqual([
      [
        'In force (mute 1)',
        'repo: rsyslog server: rsyslog-lab',
        '1 target, 1 open incident',
        '2026-04-22 09:00 UTC',
        'new edge',
        'alice (name not verified)',
      ],
    ]);
    expect(page.links).toContain('/mutes/1');
  });

  test('is changed by a form with its present values', async () => {
    const page = '/mutes/1/change';
    const fields = fieldsOf(await openPage(at, page), '/mutes/1');
    expect(Object.fromEntries(fields)).toMatchObject({
      repo: 'rsyslog',
      server: 'rsyslog-lab',
      until: 'at',
      ends_at: '2026-04-22T09:00',
      reason: 'new edge',
    });
    const typed = { until: 'at', ends_at: '2026-04-23T09:00', by: 'bob' };
    const answer = await fillForm(at, { page, action: '/mutes/1' }, typed);
    expect(await seen(answer)).toMatchObject({ status: 303, location: '/mutes/1' });
    expect(await at.json('/api/v1/mutes')).toMatchObject([
      { id: 1, by: 'bob', ends_at: '2026-04-23T09:00:00.000Z', server: ['rsyslog-lab'] },
    ]);
    const refused = await seen(await fillForm(at, { page, action: '/mutes/1' }, { by: 'bob', reason: '' }));
    expect([refused.status, refused.html]).toEqual([422, expect.stringContaining('must not be empty')]);
  });

  test('is ended by a button, and shown as over', async () => {
    at.now += MINUTE;
    const answer = await fillForm(at, { page: '/mutes/1', action: '/mutes/1/end' }, { by: 'carol' });
    expect(await seen(answer)).toMatchObject({ status: 303, location: '/mutes/1' });
    const page = await openPage(at, '/mutes/1');
    expect(page.text).toContain('was over 2026-04-21 12:01 UTC, ended by carol (name not verified)');
    expect(page.html).not.toContain('/mutes/1/end');
    expect((await openPage(at, '/mutes')).title).toBe('Nothing is muted · gitops-status-server');
    const late = await fillForm(at, { page: '/mutes/1/change', action: '/mutes/1' }, { ...why, until: '1h' });
    expect(await seen(late)).toMatchObject({
      status: 422,
      html: expect.stringContaining('The mute is over.'),
    });
  });

  test('that does not exist is not found', async () => {
    for (const path of ['/mutes/7', '/mutes/x', '/mutes/7/change'])
      expect((await openPage(at, path)).status).toBe(404);
    for (const action of ['/mutes/7', '/mutes/7/end', '/mutes/x/end'])
      expect((await sendForm(at, { action, fields: new URLSearchParams(why) })).status).toBe(404);
  });

  test('marks what it mutes in every list, and leaves it out of unmuted ones', async () => {
    at.now += MINUTE;
    const marked = 'muted until 2026-04-22 09:00 UTC by alice (name not verified): new edge';
    for (const path of ['/', '/?view=list']) {
      const { text, html } = await openPage(at, path);
      expect(text).toContain('muted until 22 Apr 09:00 by alice (name not verified)');
      expect(html).toContain('title="new edge"');
    }
    for (const path of ['/incidents', `/target?${LAB}`, '/file?name=b'])
      expect((await openPage(at, path)).text).toContain(marked);
    const targets = async (query: string) =>
      (await openPage(at, `/?${query}`)).rowsOf('Targets').map(([, target]) => target?.split(' ')[0]);
    // Muted targets come last among those with the same state.
    expect((await targets('state=OUT_OF_SYNC')).at(-1)).toBe('rsyslog-lab');
    expect(await targets('muted=true')).toEqual(['rsyslog-lab']);
    expect(await targets('muted=false')).toEqual(['other', 'rsyslog-lab', 'fine']);
    const incidents = async (query: string) =>
      (await openPage(at, `/incidents?${query}`)).rowsOf('Incidents').length;
    expect([await incidents(''), await incidents('muted=true'), await incidents('muted=false')]).toEqual([
      2, 1, 1,
    ]);
  });

  test('leaves a target that needs nobody, and is not called in sync', async () => {
    const words = async (path: string) => (await openPage(at, path)).text;
    expect(await words('/')).toContain('1 of 4 targets needs someone 1 is not in sync and muted.');
    await fillForm(
      at,
      { page: '/mutes/new?repo=rsyslog&server=other', action: '/mutes' },
      { ...why, until: '1h' },
    );
    const page = await openPage(at, '/');
    expect(page.title).toBe('0 of 4 targets need someone · gitops-status-server');
    expect(page.text).toContain('0 of 4 targets need someone 2 are not in sync and muted.');
    expect(page.html).toMatch(/<tr role="row" class="is-muted" id="rsyslog\|other"/);
    expect(await words('/?muted=false')).toContain(
      '0 of 2 matching targets need someone This is a part of the fleet. ' +
        'The whole: 0 of 4 targets need someone. 2 are not in sync and muted.',
    );
  });
});
