import { beforeAll, describe, expect, test } from 'vitest';
import { parseReportLine, toReportLine } from '../../src/cli/report-line.ts';
import { grantErrors, mayReport } from '../../src/domain/token.ts';
import { MINUTE } from '../fixtures.ts';
import { someOf } from '../full-length.ts';
import { formatVariable, QUERY_FORMATS, URL_FORMATS } from '../grafana/template.ts';
import { openPage } from './pages/page.ts';
import { aBody, startService, type TestService } from './service.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SIGNS = '._-:@/+~';

const NAMES = [
  ...[LETTERS, 'a', 'Z', '0', '_', '~'],
  ...[...SIGNS].flatMap((sign) => [`a${sign}b`, `a${sign}`, `a${sign}${sign}${sign}b`]),
  ...['.github', '_infra', '~user/repo', '..a', '.-', '~~', '__proto__', 'constructor', 'toString'],
  ...['c++-infra', 'All', 'all', 'null', 'undefined', 'true', 'NaN', '0', '1e9', 'x'.repeat(255)],
  ...[
    'git@host:org/repo',
    'ssh://git@host/org/repo',
    'https://host:8443/org/repo@v1',
    'host:5000/app@sha256:ab',
  ],
  ...['github:org/repo@v2', 'a@b', 'a@b:c', '~1/x'],
];

type Row = Readonly<Record<string, unknown>>;

/** A service that knows a target of that name, and others. */
async function serviceWith(name: string): Promise<TestService> {
  const at = startService();
  const answer = await at.post([
    aBody({ repo: name, server: name, sync_status: 'OUT_OF_SYNC', files: [{ name: 'f' }] }),
    aBody({ repo: 'other', server: 'other-server' }),
  ]);
  expect(answer.status).toBe(201);
  at.now += MINUTE;
  return at;
}

const LISTS = [
  ...['status', 'timeline', 'incidents', 'compliance'].map((list) => `/api/v1/${list}`),
  ...['status', 'state', 'series', 'incidents', 'compliance', 'alerts'].map((list) => `/grafana/${list}`),
  '/status.json',
];
const PAGED = ['/api/v1/reports', '/grafana/reports', '/api/v1/events?format=json'];

const withQuery = (path: string, query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`;

/** The name as a person types it into an address. */
const typed = (name: string) => `repo=${name}&server=${name}`;
const encoded = (name: string) => `${new URLSearchParams({ repo: name, server: name })}`;

test('the table has a name with each character that a name may have', () => {
  expect(
    [...LETTERS, ...SIGNS].filter((character) => !NAMES.some((name) => name.includes(character))),
  ).toEqual([]);
});

describe.each(someOf(NAMES, 10))('the name %s', (name) => {
  /** It is only asked. */
  let at: TestService;
  beforeAll(async () => {
    at = await serviceWith(name);
  });

  test('is found by every list, encoded or as it is typed', async () => {
    for (const query of [encoded(name), typed(name), `var-repo=${name}&var-server=${name}`]) {
      for (const path of LISTS) {
        const rows = (await at.json(withQuery(path, query))) as Row[];
        expect(new Set(rows.map(({ repo, server }) => `${repo} ${server}`)), path).toEqual(
          new Set([`${name} ${name}`]),
        );
      }
    }
    for (const query of [encoded(name), typed(name)]) {
      for (const path of PAGED) {
        const { rows } = (await at.json(withQuery(path, query))) as { rows: Row[] };
        expect(new Set(rows.map(({ repo, server }) => `${repo} ${server}`)), path).toEqual(
          new Set([`${name} ${name}`]),
        );
      }
    }
  });

  test('is linked, opened and searched on the pages', async () => {
    const fleet = await openPage(at, '/');
    const link = fleet.links.find((to) => to.startsWith('/target?') && to.includes(encoded(name))) ?? '';
    for (const path of [link, `/target?${typed(name)}`]) {
      const page = await openPage(at, path);
      expect(page.status).toBe(200);
      expect(page.html).toContain(`<title>Out of sync: ${name} on ${name} · gitops-status-server</title>`);
      for (const to of page.links.filter((one) => one.startsWith('/api/') || one.startsWith('/target'))) {
        expect((await at.get(to, { Accept: 'text/html' })).status, to).toBe(200);
      }
    }
    for (const path of [`/?${typed(name)}`, `/?repo=${name}`]) {
      expect(
        (await openPage(at, path)).rowsOf('Targets').map(([, target]) => target?.replace(' ', '')),
      ).toEqual([name + name]);
    }
    expect((await openPage(at, `/incidents?${typed(name)}`)).html).toContain(`${name} on ${name}`);
  });

  test('is on its badge, in CSV and among the metrics', async () => {
    expect(await at.json(`/badge.json?${typed(name)}`)).toMatchObject({
      label: name,
      message: 'drifted (1)',
    });
    expect(await (await at.get(`/badge.svg?repo=${name}`)).text()).toContain(`${name}: drifted (1)`);
    const csv = await (await at.get(`/api/v1/status?format=csv&${typed(name)}`)).text();
    expect(csv.split('\r\n')[1]).toMatch(/^[^,]+,[^,]+,OUT_OF_SYNC,/);
    expect(csv.split('\r\n')[1]?.split(',').slice(0, 2)).toEqual([name, name]);
    for (const format of ['text/plain', 'application/openmetrics-text']) {
      const metrics = await (await at.get('/metrics', { Accept: format })).text();
      expect(metrics).toContain(`gitops_sync_status{repo="${name}",server="${name}"} 0\n`);
    }
  });

  test('is offered and accepted by the variables of Grafana, in each of its formats', async () => {
    for (const list of ['repos', 'servers']) {
      expect(await at.json(`/grafana/variables/${list}`)).toContainEqual({ text: name, value: name });
    }
    const offered = (await at.json(`/grafana/variables/servers?repo=${name}`)) as Row[];
    expect(offered).toEqual([{ text: name, value: name }]);
    for (const format of QUERY_FORMATS) {
      for (const picked of [
        { values: [name], multi: true },
        { values: [name], multi: false },
        { values: [name, 'third'], multi: true },
        { values: ['third', name], multi: true },
      ]) {
        const value = formatVariable('repo', picked, format);
        const query = URL_FORMATS.includes(format) ? value : `${new URLSearchParams({ repo: value })}`;
        const rows = (await at.json(`/grafana/status?${query}`)) as Row[];
        expect(
          rows.map(({ repo }) => repo),
          `${format}: ${query}`,
        ).toEqual([name]);
      }
    }
  });

  test('can be pushed, as a part of the path and in base64', async () => {
    const base64 = Buffer.from(name).toString('base64url');
    const plain = encodeURIComponent(name).replaceAll('.', '%2E');
    for (const path of [
      `/metrics/job/ci/repo@base64/${base64}/server@base64/${base64}`,
      `/metrics/job/ci/repo/${plain}/server/${plain}`,
    ]) {
      const at = startService();
      const answer = await at.service.app.request(path, { method: 'PUT', body: 'gitops_sync_status 1\n' });
      expect(answer.status).toBe(200);
      expect(await at.json('/api/v1/status')).toMatchObject([{ repo: name, server: name }]);
    }
  });

  test('can limit a token, even by its beginning', () => {
    for (const pattern of [name, `${name.slice(0, 1)}*`, `*${name.slice(-1)}`]) {
      const grant = { name: 'ci', scopes: ['report'] as const, repos: [pattern] };
      expect(grantErrors(grant)).toEqual([]);
      expect(mayReport(grant, name)).toBe(true);
    }
    expect(mayReport({ scopes: ['report'], repos: [name] }, 'other')).toBe(false);
  });

  test('is exported and imported', async () => {
    for await (const report of at.service.store.everyReport({ repos: [name], servers: [name] })) {
      const { report: imported } = parseReportLine(toReportLine(report), {
        now: at.now,
        staleAfterMs: MINUTE,
      });
      expect(imported.target).toEqual({ repo: name, server: name });
    }
  });

  test('can be deleted', async () => {
    for (const query of [encoded(name), typed(name)]) {
      const at = await serviceWith(name);
      const answer = await at.service.app.request(`/api/v1/targets?${query}&purge=true`, {
        method: 'DELETE',
      });
      expect(await answer.json()).toEqual({ repo: name, server: name });
      expect(await at.json('/api/v1/status')).toMatchObject([{ repo: 'other' }]);
    }
  });
});

describe('a text that is no name', () => {
  const at = startService();

  test.each([
    ...[
      '',
      '.',
      '..',
      '...',
      ' ',
      'a b',
      'a,b',
      'a|b',
      'a%b',
      'a"b',
      "a'b",
      'a{b',
      'a(b',
      'a[b',
      'a\\b',
      'a;b',
      'a*',
      '*',
    ],
    ...['$__all', '-a', '+a', '/a', ':a', '@a', 'é', 'а', 'a\n', '\u202ea', 'x'.repeat(256)],
  ])('%j is refused, with what a name is', async (name) => {
    for (const field of ['repo', 'server']) {
      const answer = await at.post(aBody({ [field]: name }));
      expect(answer.status).toBe(422);
      expect(JSON.stringify(await answer.json())).toContain(
        'must be 1 to 255 letters, digits or . _ - : @ / + ~',
      );
    }
  });
});

test('the blanks of a list are blanks, even if written as +', async () => {
  const at = startService();
  await at.post([aBody({ repo: 'a' }), aBody({ repo: 'b' }), aBody({ repo: 'c++' })]);
  for (const query of ['repo=a,+b', 'repo=a,%20b', 'repo=%20a%20,b%20', 'repo=+a&repo=+b']) {
    expect(await at.json(`/api/v1/status?${query}`), query).toMatchObject([{ repo: 'a' }, { repo: 'b' }]);
  }
  expect(await at.json('/api/v1/status?repo=a,+c++')).toMatchObject([{ repo: 'a' }, { repo: 'c++' }]);
});

test('a blank stays a blank in values that are no names', async () => {
  const at = startService();
  await at.post([aBody({ repo: 'c++', server: 'one' }), aBody({ repo: 'other', server: 'two' })]);
  expect((await openPage(at, '/?q=one+c')).rowsOf('Targets')).toHaveLength(1);
  expect((await openPage(at, '/?q=c%2B%2B+two')).rowsOf('Targets')).toEqual([]);
  await at.post(aBody({ sync_status: 'OUT_OF_SYNC', files: [{ name: 'a b' }] }));
  expect((await openPage(at, '/file?name=a+b')).title).toMatch(/^a b/);
});

test.each(['*', '$__all', '', '.*'])('repo=%s still means all repos', async (all) => {
  const at = startService();
  await at.post([aBody({ repo: 'All' }), aBody({ repo: 'b' })]);
  expect(await at.json(`/api/v1/status?repo=${all}`)).toHaveLength(2);
  expect(await at.json('/api/v1/status?repo=All')).toMatchObject([{ repo: 'All' }]);
});
