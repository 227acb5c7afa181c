import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shownName, shownText } from '../../src/domain/shown.ts';
import { MINUTE } from '../fixtures.ts';
import { BROWSER, openPage } from './pages/page.ts';
import { aBody, startService, type TestService } from './service.ts';

let at: TestService;
const start = () => {
  at = startService();
};

/** Characters that no view may show unchanged. */
const UNSEEN = /(?![\n\r\t])\p{Cc}|\p{Cf}|\p{Co}/u;

const NAMES = [
  'etc/\u202efnoc.dhss',
  'etc/\u2067a\u2069.conf',
  'etc/ssh\u200bd.conf',
  'etc/\ufeffsshd.conf',
  'etc/\u00adsshd.conf',
  'etc/\ue000sshd.conf',
  'etc/\u{f0000}sshd.conf',
  'etc/\u{e0041}sshd.conf',
  'etc/\u061csshd.conf',
];

/** The views for people; JSON of the API is for programs. */
const TARGET = 'repo=rsyslog&server=rsyslog-lab';
const PAGES = ['/', `/target?${TARGET}`, '/incidents', '/incidents?each=true', '/incident/1'];
const CSV = ['status', 'timeline', 'incidents', 'files', 'reports'].map(
  (list) => `/api/v1/${list}?format=csv`,
);
const PANELS = ['status', 'incidents', 'files', 'reports', 'annotations'].map((list) => `/grafana/${list}`);

describe.each(NAMES)('the file %j', (name) => {
  beforeAll(async () => {
    start();
    const answer = await at.post(
      aBody({ sync_status: 'OUT_OF_SYNC', files: [{ name }, { name: 'etc/sshd.conf' }] }),
    );
    expect(answer.status).toBe(201);
    at.now += MINUTE;
  });

  test.each([...PAGES, ...CSV, ...PANELS, ...PANELS.map((path) => `${path}?format=csv`)])(
    'is shown escaped in %s',
    async (path) => {
      const text = await (await at.get(path, BROWSER)).text();
      const isJson = text.startsWith('[') || text.startsWith('{');
      expect(text).not.toMatch(UNSEEN);
      expect(text).toContain(isJson ? JSON.stringify(shownName(name)).slice(1, -1) : shownName(name));
    },
  );

  test('is isolated from the words around it, and its link leads to it', async () => {
    const { html, links } = await openPage(at, `/target?${TARGET}`);
    expect(html).toContain(`<bdi>${shownName(name)}</bdi>`);
    const link = links.find((to) => to.startsWith('/file?') && !to.includes('=etc%2Fsshd.conf')) ?? '';
    expect(new URL(link, 'http://x').searchParams.get('name')).toBe(name);
    const page = await openPage(at, link);
    expect(page.html).not.toMatch(UNSEEN);
    expect(page.title).toContain(shownName(name));
    expect(page.html).toMatch(/<h1><span class="file-name"><bdi>/);
    expect(page.text).toContain('It differed on 1 target');
  });

  test('is given back by the API as it was posted', async () => {
    for (const path of [
      '/api/v1/status',
      '/api/v1/timeline',
      '/api/v1/incidents',
      '/api/v1/files',
      '/api/v1/reports',
    ]) {
      expect(await (await at.get(path)).text(), path).toContain(JSON.stringify(name));
    }
    for (const path of PANELS) expect(await (await at.get(`${path}?raw=true`)).text(), path).toContain(name);
  });
});

const COLOURED = '\u001b[31mfatal\u001b[0m: \u202eno route\u0007\nto \u009b1mhost';

describe('the message of a check', () => {
  beforeEach(start);

  test.each([
    ['UNKNOWN', ['/', `/target?${TARGET}`]],
    ['OUT_OF_SYNC', [`/target?${TARGET}`]],
  ] as const)(
    'with %s is shown on pages without colours, and in its own direction',
    async (sync_status, paths) => {
      await at.post(
        aBody({ sync_status, error: COLOURED, error_kind: COLOURED, branch: COLOURED, commit: COLOURED }),
      );
      for (const path of paths) {
        const { html } = await openPage(at, path);
        expect(html).not.toMatch(UNSEEN);
        expect(html).not.toContain('[31m');
        expect(html).toContain(`<bdi>${shownText(COLOURED)}</bdi>`);
      }
    },
  );

  test.each([
    ...CSV.slice(0, 1),
    ...CSV.slice(-1),
    '/grafana/status',
    '/grafana/reports',
    '/grafana/status?format=csv',
  ])('is in %s without colours', async (path) => {
    const texts = Object.fromEntries(
      ['error', 'error_kind', 'branch', 'commit', 'tool'].map((key) => [key, COLOURED]),
    );
    await at.post(aBody({ sync_status: 'UNKNOWN', ...texts, labels: { team: 'a\u202eb' } }));
    const text = await (await at.get(path)).text();
    expect(text).not.toMatch(UNSEEN);
    expect(text).not.toContain('[31m');
    expect(text).toContain('fatal');
  });

  test('is given back by the API as it was posted', async () => {
    await at.post(aBody({ sync_status: 'UNKNOWN', error: COLOURED }));
    expect(await at.json('/api/v1/status')).toMatchObject([{ error: COLOURED }]);
    expect(await at.json('/grafana/status?raw=true')).toMatchObject([{ error: COLOURED }]);
  });
});

test('a list of one name with a comma is not shown as a list of two names', async () => {
  start();
  await at.post([
    aBody({ server: 'one', sync_status: 'OUT_OF_SYNC', files: [{ name: 'a, b' }] }),
    aBody({ server: 'two', sync_status: 'OUT_OF_SYNC', files: [{ name: 'a' }, { name: 'b' }] }),
  ]);
  expect(await at.json('/grafana/status')).toMatchObject([{ files: 'a\\u002c b' }, { files: 'a, b' }]);
});
