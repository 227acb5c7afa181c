import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DomainError } from '../../src/domain/errors.ts';
import { complianceRow, fileRow, incidentRow, timelineRow } from '../../src/http/schemas/history.ts';
import { reportRow } from '../../src/http/schemas/report-row.ts';
import { statusRow } from '../../src/http/schemas/status.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService } from './service.ts';

describe('health', () => {
  test.each([['/healthz'], ['/-/healthy'], ['/readyz'], ['/-/ready']])('%s is well', async (path) => {
    const at = startService();
    expect(await at.json(path)).toEqual({ status: 'ok', version: '0.0.0-test' });
  });

  test('is alive but not ready if nothing can be written any more', async () => {
    const at = startService();
    const full = () => Promise.reject(new DomainError('unavailable', 'The disk is full.'));
    const app = at.appWith({ store: { ...at.service.store, probe: full } });
    expect((await app.request('/healthz')).status).toBe(200);
    const answer = await app.request('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toBe('5');
  });
});

describe('an unknown path', () => {
  const at = startService();

  test('is a problem document', async () => {
    expect(await problemOf(await at.get('/nope'))).toMatchObject({ status: 404 });
  });

  test('is told apart from a known path with another method', async () => {
    const answer = await at.service.app.request('/api/v1/reports', { method: 'PATCH' });
    expect(answer.headers.get('Allow')).toBe('POST, GET, HEAD');
    expect(await problemOf(answer)).toMatchObject({ status: 405 });
  });
});

describe('the route of a request', () => {
  test('is looked up, not searched for: no two routes make Hono choose its slower router', async () => {
    const { app } = startService().service;
    await app.request('/healthz');
    expect(app.router.name).toBe('SmartRouter + RegExpRouter');
  });
});

describe('an internal error', () => {
  test('has a request id, and no internal details', async () => {
    const logged: object[] = [];
    const at = startService();
    const app = at.appWith({
      log: { debug() {}, info() {}, error: (fields) => logged.push(fields) },
      store: { ...at.service.store, statuses: () => Promise.reject(new Error('SELECT secret FROM inside')) },
    });
    const problem = await problemOf(await app.request('/status.json'));
    expect(problem).toMatchObject({ status: 500, request_id: expect.stringMatching(/./) });
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(logged).toMatchObject([
      { request_id: problem.request_id, err: { message: 'SELECT secret FROM inside' } },
    ]);
  });
});

describe('the contract', () => {
  const at = startService();

  test('is the golden file', async () => {
    const document = JSON.stringify(await at.json('/openapi.json'), null, 2);
    await expect(`${document}\n`).toMatchFileSnapshot('openapi.golden.json');
  });

  test('can be read offline: the page asks no other server', async () => {
    const page = await (await at.get('/docs')).text();
    expect(page).not.toMatch(/https?:/);
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset = '']) => asset);
    expect(assets.length).toBeGreaterThan(2);
    for (const asset of assets) expect((await at.get(asset)).status).toBe(200);
  });

  test.each([
    ['/status.json', z.array(z.strictObject(statusRow.shape))],
    ['/api/v1/status', z.array(z.strictObject(statusRow.shape))],
    ['/api/v1/reports', z.strictObject({ rows: z.array(reportRow), next_cursor: z.string().nullable() })],
    ['/api/v1/timeline', z.array(z.strictObject(timelineRow.shape))],
    ['/api/v1/incidents', z.array(z.strictObject(incidentRow.shape))],
    ['/api/v1/files', z.array(z.strictObject(fileRow.shape))],
    ['/api/v1/compliance', z.array(z.strictObject(complianceRow.shape))],
  ])('holds for %s', async (path, schema) => {
    const at = startService();
    await at.post([
      aDrift(['a'], { last_check: iso(NOON - MINUTE) }),
      aBody(),
      aDrift(['b'], { server: 'other' }),
    ]);
    at.now += HOUR;
    const answer = await at.json(path);
    expect(schema.parse(answer)).toEqual(answer);
  });
});
