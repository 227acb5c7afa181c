import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { MINUTE, NOON } from '../fixtures.ts';
import { documentShape, type operationShape, validatorOf } from './contract-document.ts';
import { aBody, iso, startService } from './service.ts';
import { aToken } from './tokens.ts';

const at = startService();
const contract = documentShape.parse(await at.json('/openapi.json'));
const { isValid, fault } = validatorOf(contract);

describe('the rules of a report', () => {
  test.each([
    { repo: '...' },
    { repo: '-a' },
    { repo: 'user:secret@host/a' },
    { repo: 'https://token@host/a' },
    { server: 'a b' },
    { run_url: 'ftp://host/1' },
    { run_url: 'https://user:secret@host/1' },
    { files: [{ name: 'a\nb' }] },
    { files: [{ name: 'a\u0085' }] },
    { files: [{ name: '' }] },
    { check: 'a\tb' },
    { commit: 'a\0' },
    { labels: { Env: 'prod' } },
    { labels: { env: 'a\nb' } },
    { labels: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v'])) },
    { sync_status: 'SYNCED', files: [{ name: 'a' }] },
    { sync_status: 'SYNCED', drift_count: 1 },
    { sync_status: 'SYNCED', error: 'no' },
    { sync_status: 'SYNCED', error_kind: 'no' },
  ])('%j is refused by the schema and by the server', async (fields) => {
    const report = aBody({ sync_status: 'OUT_OF_SYNC', ...fields });
    expect(!isValid('Report', report)).toBe(true);
    expect((await at.post(report)).status).toBe(422);
  });

  test.each([
    {},
    { repo: 'a/b@c:1~+' },
    { repo: 'host:8080/path@v1' },
    { run_url: '' },
    { run_url: 'HTTP://h/a@b' },
    { sync_status: 'SYNCED', files: [], drift_count: 0, error: '' },
    { sync_status: 'UNKNOWN', error: 'line\nline', labels: {}, files: null },
  ])('%j is accepted by the schema and by the server', async (fields) => {
    const report = aBody({ sync_status: 'OUT_OF_SYNC', ...fields });
    expect(isValid('Report', report), fault()).toBe(true);
    expect((await at.post(report)).status).toBeLessThan(300);
  });
});

describe('the rules of a mute', () => {
  const mute = (fields: object) => ({ repo: 'rsyslog', reason: 'New edge', by: 'ci', ...fields });
  const send = async (fields: object) => {
    const body = JSON.stringify({ ...mute(fields), ends_at: iso(NOON + MINUTE) });
    const headers = { 'Content-Type': 'application/json' };
    return (await at.service.app.request('/api/v1/mutes', { method: 'POST', headers, body })).status;
  };

  test.each([
    { repo: 'a b' },
    { repo: 'a,b' },
    { server: [] },
    { server: ['web-1', 'a|b'] },
    { labels: { Env: 'lab' } },
    { file: 'a\nb' },
    { reason: '' },
    { reason: 'a\tb' },
    { until_in_sync: 'true' },
    { unknown: 1 },
  ])('%j is refused by the schema and by the server', async (fields) => {
    expect(!isValid('NewMute', mute(fields))).toBe(true);
    expect(await send(fields)).toBe(422);
  });

  test.each([{}, { repo: ['web-*', '!web-9'] }, { labels: { env: ['lab', ''] } }, { file: '*.conf' }])(
    '%j is accepted by the schema and by the server',
    async (fields) => {
      expect(isValid('NewMute', mute(fields)), fault()).toBe(true);
      expect(await send(fields)).toBe(201);
    },
  );
});

describe('the rules of a question', () => {
  const parameter = (name: string) =>
    contract.paths['/api/v1/timeline']?.get?.parameters.find((one) => one.name === name)?.schema ?? {};

  test('states are the named enum, names have the pattern of names', () => {
    expect(parameter('state')).toMatchObject({ items: { $ref: '#/components/schemas/State' } });
    expect(parameter('repo')).toMatchObject({ items: { pattern: expect.stringMatching(/./) } });
  });

  test.each([
    ['', 200],
    ['now', 200],
    ['now-6h', 200],
    ['1776767535', 200],
    ['1776767535.5', 200],
    ['2026-04-21T10:32:15Z', 200],
    ['2026-04-21T10:32:15.123+02:00', 200],
    ['now/d', 422],
    ['-1', 422],
    ['1e9', 422],
    ['2026-04-21', 422],
    ['2026-13-21T10:32:15Z', 422],
    ['2026-04-21T10:32:15', 422],
    ['yesterday', 422],
  ])('the instant %j: the pattern and the server agree (%i)', async (from, status) => {
    expect(new RegExp(String(parameter('from').pattern), 'u').test(from)).toBe(status === 200);
    expect((await at.get(`/api/v1/timeline?from=${encodeURIComponent(from)}`)).status).toBe(status);
  });
});

describe('access without a token', () => {
  const openOf = async (env: Record<string, string>, headers = {}) => {
    const started = startService(env);
    if (env.GITOPS_STATUS_REQUIRE_TOKEN === undefined) return securities(await started.json('/openapi.json'));
    const token = aToken({ name: 'reader', scopes: ['read'] });
    started.service.tokens.declare([token.token]);
    return securities(await (await started.get('/openapi.json', { ...token.bearer, ...headers })).json());
  };
  const securities = (document: unknown) => {
    const { paths } = documentShape.parse(document);
    const isOpen = (operation: z.infer<typeof operationShape> | undefined) =>
      (operation?.security ?? []).some((one) => Object.keys(one).length === 0);
    return {
      read: isOpen(paths['/api/v1/status']?.get),
      report: isOpen(paths['/api/v1/reports']?.post),
      rename: isOpen(paths['/api/v1/targets/rename']?.post),
    };
  };

  test('is for everybody on loopback before there is a token', async () => {
    expect(await openOf({})).toEqual({ read: true, report: true, rename: true });
  });

  test('is for nobody if a token is required', async () => {
    expect(await openOf({ GITOPS_STATUS_REQUIRE_TOKEN: 'true' })).toEqual({
      read: false,
      report: false,
      rename: false,
    });
  });

  test('is for those whom the settings let in', async () => {
    const env = { GITOPS_STATUS_REQUIRE_TOKEN: 'true', GITOPS_STATUS_ANONYMOUS: 'read' };
    expect(await openOf(env)).toEqual({ read: true, report: false, rename: false });
  });

  test('a token that only reports may ask about its own repos', () => {
    for (const path of ['/api/v1/status', '/api/v1/gate'])
      expect(contract.paths[path]?.get?.security).toContainEqual({ bearer: ['report'] });
    expect(contract.paths['/api/v1/status.csv']?.get?.security).not.toContainEqual({ bearer: ['report'] });
  });

  test('the probes need no token', () => {
    expect(contract.paths['/healthz']?.get?.security).toEqual([]);
  });
});

describe('the path of a list as CSV', () => {
  test('is below the base path too', async () => {
    const below = startService({ GITOPS_STATUS_BASE_PATH: '/drift' });
    await below.post(aBody(), '/drift/api/v1/reports');
    const answer = await below.get('/drift/api/v1/status.csv?repo=rsyslog');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/^repo,server,.*\r?\nrsyslog,rsyslog-lab,/);
  });

  test('needs the scope that the list needs', async () => {
    const started = startService();
    const [reader, reporter] = [
      aToken({ name: 'r', scopes: ['read'] }),
      aToken({ name: 'p', scopes: ['report'] }),
    ];
    started.service.tokens.declare([reader.token, reporter.token]);
    const path = '/api/v1/status.csv?repo=rsyslog';
    expect((await started.get(path)).status).toBe(401);
    expect((await started.get(path, reporter.bearer)).status).toBe(403);
    expect((await started.get(path, reader.bearer)).status).toBe(200);
  });
});

test('GET / has the links that are declared', async () => {
  expect(isValid('Index', await at.json('/')), fault()).toBe(true);
});
