import { beforeEach, describe, expect, test } from 'vitest';
import { parseReportLine, toReportLine } from '../../src/cli/report-line.ts';
import { hasPassword, urlHasPassword } from '../../src/domain/password.ts';
import { isName } from '../../src/domain/target.ts';
import { grantErrors } from '../../src/domain/token.ts';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { openPage } from './pages/page.ts';
import { aBody, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

/** Each has this in it, and nothing may repeat it. */
const SECRET = /s3cr|t0ken/;

const NAMES = [
  'https://user:s3cr3t@host/org/repo',
  'https://s3cr3t@host/org/repo',
  'https://s3cr3t:x-oauth-basic@host/org/repo',
  'https://:s3cr3t@host/org/repo',
  'http://user:s3cr3t@host',
  'HTTPS://user:s3cr3t@host/org/repo',
  'ssh://user:s3cr3t@host/org/repo',
  'git+https://user:s3cr3t@host/org/repo',
  'user:s3cr3t@host/org/repo',
  'user:s3cr3t@host:org/repo',
  'user:s3cr@3t@host/org/repo',
  'user:s3cr:3t@host/org/repo',
  'https://user:p/s3cr3t@host/org/repo',
  'https://user:s3cr/3t@host/org/repo',
  'mirror/https://user:s3cr3t@host/repo',
  'mirror/user:s3cr3t@host',
  'user:s3cr3t@',
  'a@b/user:s3cr3t@host',
];

const URLS = [
  'https://user:s3cr3t@ci.example/1',
  'http://user:s3cr3t@ci.example/1',
  'HTTPS://user:s3cr3t@ci.example',
  'https://:s3cr3t@ci.example/1',
  'https://s3cr3t@ci.example/1',
  'https://user:s3cr%40t@ci.example/1',
  'https://user:s3cr@t@ci.example/1',
  'https://user:s3cr3t@[::1]:8443/1',
  'https:////user:s3cr3t@ci.example/1',
  'https://\\user:s3cr3t@ci.example/1',
  'https://us\ner:s3cr3t@ci.example/1',
];

describe.each(NAMES)('a name such as %s', (name) => {
  test.each(['repo', 'server'])('is refused as a %s, and not repeated', async (field) => {
    for (const body of [aBody({ [field]: name }), [aBody(), aBody({ [field]: name })]]) {
      const answer = await at.post(body);
      expect(answer.status).toBe(422);
      const text = await answer.text();
      expect(text).toMatch(/must not have a password/);
      expect(text).not.toMatch(SECRET);
    }
    expect(await at.json('/api/v1/status')).toEqual([]);
  });

  test('is refused in a push, in the path and in the body, and not repeated', async () => {
    const base64 = Buffer.from(name).toString('base64url');
    const part = encodeURIComponent(name);
    for (const [path, body] of [
      [`/metrics/job/ci/repo@base64/${base64}/server/b`, 'gitops_sync_status 1\n'],
      [`/metrics/job/ci/repo/${part}/server/b`, 'gitops_sync_status 1\n'],
      [`/metrics/job/ci/repo/${part}%ff/server/b`, 'gitops_sync_status 1\n'],
      ['/metrics/job/ci/repo/a', `gitops_sync_status{server="${name}"} 1\n`],
    ] as const) {
      const answer = await at.service.app.request(path, { method: 'PUT', body });
      expect(answer.status).toBe(path.includes('%ff') ? 400 : 422);
      expect(await answer.text()).not.toMatch(SECRET);
    }
  });

  test('is refused in a question, a deletion and a token, and not repeated', async () => {
    const query = new URLSearchParams({ repo: name, server: 'a' });
    for (const path of [
      '/api/v1/status',
      '/target',
      '/badge.svg',
      '/grafana/status',
      '/',
      '/api/v1/events',
    ]) {
      const answer = await at.get(`${path}?${query}`, { Accept: 'text/html' });
      expect(answer.status, path).toBe(422);
      expect(await answer.text(), path).not.toMatch(SECRET);
    }
    const deleted = await at.service.app.request(`/api/v1/targets?${query}`, { method: 'DELETE' });
    expect(deleted.status).toBe(422);
    expect(await deleted.text()).not.toMatch(SECRET);
    const errors = [
      grantErrors({ name, scopes: ['report'], repos: undefined }),
      grantErrors({ name: 'ci', scopes: ['report'], repos: [name] }),
      grantErrors({ name: 'ci', scopes: ['report'], repos: [`${name}*`] }),
    ];
    for (const error of errors) expect(error).toHaveLength(1);
    expect(JSON.stringify(errors)).not.toMatch(SECRET);
  });

  test('is imported from an export without it', () => {
    const line = { ...aBody({ repo: name }), export_version: 2 };
    const present = {
      ...line,
      received_at: new Date(NOON).toISOString(),
      stale_at: new Date(NOON + MINUTE).toISOString(),
    };
    for (const one of [present, { ...line, export_version: 1 }]) {
      const parse = () => parseReportLine(JSON.stringify(one), { now: NOON, staleAfterMs: MINUTE });
      if (!isName(name.replace(/.*@/, ''))) return expect(parse).toThrow(/must be 1 to 255/);
      const { report, omitted } = parse();
      expect(isName(report.target.repo)).toBe(true);
      expect(JSON.stringify(report)).not.toMatch(SECRET);
      expect(omitted).toEqual([{ key: 'the password in repo', reason: 'which would be shown' }]);
    }
  });
});

describe.each(URLS)('a run_url such as %j', (url) => {
  test('is refused, and not repeated', async () => {
    const answer = await at.post(aBody({ run_url: url }));
    expect(answer.status).toBe(422);
    const text = await answer.text();
    expect(text).toContain('/run_url');
    expect(text).not.toMatch(SECRET);
  });
});

test.each([
  [
    'git@host:org/repo',
    'host:5000/app@sha256:abc',
    'https://host:8443/org/repo@v1',
    'github:org/repo@v2',
    'a@b:c',
    'a:b',
  ],
  [
    'ssh://git@host/org/repo',
    'ssh://git@host:org/repo',
    '@a'.slice(1),
    'me@example.org',
    'team:a/me@example.org',
  ],
])('names with a colon and an @ but no password are accepted: %s, %s, %s …', (...names) => {
  for (const name of names) expect(hasPassword(name), name).toBe(false);
});

test.each([
  'https://ci.example/a@b',
  'https://ci.example/?to=me@b:c',
  'https://ci.example:443/u:p@x',
  'https://ci.example#a@b',
])('an address with an @ after its host has no password: %s', async (url) => {
  expect(urlHasPassword(url)).toBe(false);
  expect((await at.post(aBody({ run_url: url }))).status).toBe(201);
});

describe('a password recorded by an earlier version', () => {
  const WINDOWS = [
    ...['status', 'reports', 'timeline', 'incidents', 'files', 'compliance'].map((one) => `/api/v1/${one}`),
    ...['status', 'state', 'series', 'incidents', 'files', 'reports', 'annotations', 'alerts', 'summary'].map(
      (one) => `/grafana/${one}`,
    ),
    ...[
      '/grafana/variables/repos',
      '/grafana/variables/servers',
      '/status.json',
      '/metrics',
      '/',
      '/incidents',
    ],
    ...[`/api/v1/status?at=${NOON}`, '/api/v1/events?format=json', '/file?name=a'],
  ];
  /** As CI makes them, with its own token for each run. */
  const TARGETS = [1, 2].map((n) => ({
    repo: `https://ci:t0ken${n}@host/repo`,
    server: `root:s3cr3t${n}@host`,
  }));
  const url = 'https://user:s3cr3t@ci.example/1';
  const EXPECTED = ['~1/https://host/repo', '~2/https://host/repo'];

  beforeEach(async () => {
    const reports = TARGETS.flatMap((target) => [
      aReport({ ...target, checkedAt: NOON - 3 * MINUTE, runUrl: url }),
      aReport({
        ...target,
        checkedAt: NOON - 2 * MINUTE,
        syncStatus: 'OUT_OF_SYNC',
        files: ['a'],
        runUrl: url,
      }),
      aReport({ ...target, checkedAt: NOON - MINUTE, runUrl: url }),
      aReport({ ...target, checkedAt: NOON, syncStatus: 'OUT_OF_SYNC', files: ['a'], runUrl: url }),
    ]);
    await recordAll(at.service.store, reports);
    at.now += MINUTE;
  });

  test.each(WINDOWS)('is not shown in %s', async (path) => {
    for (const format of ['', 'format=csv', 'format=csv&raw=true']) {
      const answer = await at.get(`${path}${path.includes('?') ? '&' : '?'}${format}`, {
        Accept: 'text/html,*/*',
      });
      const text = await answer.text();
      expect(text).not.toMatch(SECRET);
      expect(text).not.toContain('user:');
      if (format === '') expect(text.length).toBeGreaterThan(20);
    }
  });

  test('gives the target a name of its own, which finds, links and deletes it', async () => {
    const rows = (await at.json('/api/v1/status')) as { repo: string; server: string }[];
    expect(rows.map(({ repo }) => repo)).toEqual(EXPECTED);
    expect(rows).toMatchObject([{ run_url: 'https://ci.example/1' }, {}]);
    const [first, second] = rows;
    expect(first?.server).toBe('~1/host');
    const query = new URLSearchParams({ repo: first?.repo ?? '', server: first?.server ?? '' });
    for (const path of ['/api/v1/status', '/api/v1/timeline', '/api/v1/incidents', '/grafana/status']) {
      const found = (await at.json(`${path}?${query}`)) as { repo: string }[];
      expect(new Set(found.map(({ repo }) => repo)), path).toEqual(new Set([first?.repo]));
    }
    for (const path of ['/api/v1/reports', '/api/v1/events?format=json']) {
      const page = await at.json(`${path}${path.includes('?') ? '&' : '?'}${query}`);
      const { rows: found } = page as { rows: { repo: string }[] };
      expect(new Set(found.map(({ repo }) => repo)), path).toEqual(new Set([first?.repo]));
    }
    const opened = await openPage(at, `/target?${query}`);
    expect(opened.status).toBe(200);
    expect(opened.html).not.toMatch(SECRET);
    expect(await at.json(`/badge.json?${query}`)).toMatchObject({ message: 'drifted (1)' });
    const metrics = await (await at.get('/metrics')).text();
    expect(metrics.match(/^gitops_sync_status\{.*/gm)).toHaveLength(2);
    const deleted = await at.service.app.request(`/api/v1/targets?${query}`, { method: 'DELETE' });
    expect(await deleted.json()).toEqual({ repo: first?.repo, server: first?.server });
    expect(await at.json('/api/v1/status')).toMatchObject([second ?? {}]);
  });

  test('is not exported, and importing the export changes nothing', async () => {
    const lines: string[] = [];
    for await (const report of at.service.store.everyReport({})) lines.push(toReportLine(report));
    expect(lines).toHaveLength(8);
    expect(lines.join('\n')).not.toMatch(SECRET);
    const reports = lines.map((line) => parseReportLine(line, { now: at.now, staleAfterMs: MINUTE }).report);
    const answers = await recordAll(at.service.store, reports, { origin: 'import' });
    expect(new Set(answers.map(({ recorded }) => recorded))).toEqual(new Set(['duplicate']));
    expect(((await at.json('/api/v1/status')) as unknown[]).length).toBe(2);
  });

  test("does not end reports under the target's name", async () => {
    const answer = await at.post(
      aBody({ repo: '~1/https://host/repo', server: '~1/host', last_check: new Date(at.now).toISOString() }),
    );
    expect(answer.status).toBe(201);
    expect(await at.json('/api/v1/status?state=SYNCED')).toMatchObject([{ repo: '~1/https://host/repo' }]);
    expect(await (await at.get('/api/v1/events?format=json&limit=1000')).text()).not.toMatch(SECRET);
  });
});
