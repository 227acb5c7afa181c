import { beforeEach, describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

describe('a report', () => {
  test.each(['/api/v1/reports', '/status.json', '/'])('is accepted at %s', async (path) => {
    const answer = await at.post(aDrift(['rsyslog.conf', 'rsyslog.d/30-lab.conf'], { drift_count: 2 }), path);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({
      repo: 'rsyslog',
      server: 'rsyslog-lab',
      last_check: '2026-04-21T12:00:00.000Z',
      recorded: 'new',
      change: 'first',
      since: '2026-04-21T12:00:00.000Z',
      stale_at: '2026-04-21T12:10:00.000Z',
      incident: { id: 1, opened_at: '2026-04-21T12:00:00.000Z', cause: null },
    });
  });

  test('sent again gets an answer that says so, and is recorded once', async () => {
    expect((await at.post(aBody())).status).toBe(201);
    const again = await at.post(aBody());
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ recorded: 'duplicate', change: 'first' });
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{}], next_cursor: null });
  });

  test('is given back as posted, with all its other keys', async () => {
    const posted = aDrift([], {
      files: [{ name: 'a', change: 'content', task: 'copy' }],
      drift_count: 1,
      expected_interval_s: 120,
      stale_after_s: 600,
      check: 'drift-check',
      after_deploy: true,
      labels: { env: 'prod', team: 'ops' },
      commit: 'c0ffee',
      branch: 'main',
      run_url: 'https://ci.example/7',
      tool: 'ansible',
      duration_ms: 3210,
      error: 'half of it',
      error_kind: 'partial',
      resources: [{ task: 'install', module: 'apt' }],
      site: { rack: 4, tags: ['ü', null] },
    });
    await at.post(posted);
    expect(await at.json('/api/v1/reports')).toEqual({
      rows: [{ ...posted, received_at: iso(NOON) }],
      next_cursor: null,
    });
  });

  test('may leave optional fields empty, as CI does with unset variables', async () => {
    const texts = { commit: '', branch: null, run_url: '', error: '', error_kind: '', check: '' };
    const numbers = { drift_count: null, expected_interval_s: null, stale_after_s: null, duration_ms: null };
    const others = { files: null, labels: null, takes_over: null, after_deploy: null };
    expect((await at.post(aBody({ ...texts, ...numbers, ...others }))).status).toBe(201);
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ sync_status: 'SYNCED' }] });
    const [row = {}] = Object(await at.json('/api/v1/reports')).rows;
    for (const key of Object.keys({ ...texts, ...others, stale_after_s: 1 })) {
      if (key !== 'files') expect(row).not.toHaveProperty(key);
    }
  });

  test.each([
    ['2026-04-21T14:00:00+02:00', '2026-04-21T12:00:00.000Z'],
    ['2026-04-21T11:59:59.123456789Z', '2026-04-21T11:59:59.123Z'],
    ['2026-04-21t11:59:59.5z', '2026-04-21T11:59:59.500Z'],
  ])('checked at %s was checked at %s', async (sent, kept) => {
    expect(await (await at.post(aBody({ last_check: sent }))).json()).toMatchObject({ last_check: kept });
  });

  test('counts the larger of drift_count and the files', async () => {
    await at.post(aDrift(['a', 'b', 'a'], { drift_count: 1, server: 's1' }));
    await at.post(aDrift(['a'], { drift_count: 9, server: 's2' }));
    expect(await at.json('/status.json')).toMatchObject([
      { drift_count: 2, files: [{ name: 'a' }, { name: 'b' }] },
      { drift_count: 9 },
    ]);
  });
});

describe('an array of reports', () => {
  test('is answered in the same order', async () => {
    const answer = await at.post([aBody({ server: 'b' }), aBody({ server: 'a' }), aBody({ server: 'b' })]);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject([
      { server: 'b', recorded: 'new' },
      { server: 'a', recorded: 'new' },
      { server: 'b', recorded: 'duplicate' },
    ]);
    expect((await at.post([aBody({ server: 'b' })])).status).toBe(200);
  });

  test('is recorded whole or not at all', async () => {
    const answer = await at.post([aBody({ server: 'a' }), aBody({ server: 'b c' })]);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ errors: [{ pointer: '/1/server' }] });
    expect(await at.json('/status.json')).toEqual([]);
  });

  test('may have a thousand reports and not one more, and not none', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => aBody({ server: `s${i}` }));
    expect((await at.post(many)).status).toBe(201);
    expect((await at.post([...many, aBody()])).status).toBe(422);
    expect((await at.post([])).status).toBe(422);
  });
});

describe('an overloaded server', () => {
  test('says so and when to retry, and the same report is accepted then', async () => {
    const overloaded = new DomainError('overloaded', 'Too many reports are waiting.');
    const app = at.appWith({ recorder: { submit: () => Promise.reject(overloaded) } });
    const answer = await app.request('/api/v1/reports', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(aBody()),
    });
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '1']);
    expect(await problemOf(answer)).toMatchObject({ type: 'urn:gitops-status-server:problem:overloaded' });
    expect((await at.post(aBody())).status).toBe(201);
  });

  test('accepts no more than the settings allow, and records nothing of the rest', async () => {
    at = startService({ GITOPS_STATUS_MAX_QUEUED_REPORTS: '1000' });
    const fleet = (repo: string) => Array.from({ length: 600 }, (_, i) => aBody({ repo, server: `s-${i}` }));
    const answers = await Promise.all([at.post(fleet('a')), at.post(fleet('b'))]);
    expect(answers.map(({ status }) => status)).toEqual([201, 503]);
    expect(await at.json('/status.json?repo=b')).toEqual([]);
  });
});

describe('a body that is not a report', () => {
  test.each([
    ['{', 400],
    ['', 400],
    ['"text"', 422],
    ['null', 422],
    ['7', 422],
  ])('%j is answered %i', async (body, status) => {
    const answer = await at.post(body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ status, detail: expect.any(String) });
  });

  test('that is almost JSON gets the place of its mistake', async () => {
    expect((await problemOf(await at.post('{"repo": "a",}'))).detail).toMatch(/not JSON: .*position 13/);
  });

  test.each([['text/plain'], ['application/x-www-form-urlencoded'], ['']])(
    'with the Content-Type %j gets the header to send',
    async (type) => {
      const answer = await at.post(aBody(), '/api/v1/reports', { 'Content-Type': type });
      expect(answer.status).toBe(415);
      expect((await problemOf(answer)).detail).toContain('"Content-Type: application/json"');
    },
  );

  test('may name its charset', async () => {
    const type = 'application/json; charset=utf-8';
    expect((await at.post(aBody(), '/', { 'Content-Type': type })).status).toBe(201);
  });
});

describe('a body that is too large', () => {
  const padded = (length: number) => aBody({ padding: 'x'.repeat(length) });

  test('is refused for one report above 1 MiB', async () => {
    expect((await at.post(padded(1024 * 1024))).status).toBe(413);
    expect((await at.post(padded(1024 * 1024 - 200))).status).toBe(201);
  });

  test('is refused for an array above 8 MiB', async () => {
    expect((await at.post([padded(2 * 1024 * 1024)])).status).toBe(201);
    const answer = await at.post([padded(8 * 1024 * 1024)]);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('8388608 bytes') });
  });

  test('begins at the limit in the settings', async () => {
    at = startService({ GITOPS_STATUS_MAX_REPORT_SIZE: '1KiB', GITOPS_STATUS_MAX_BATCH_SIZE: '2KiB' });
    expect((await at.post(padded(1024))).status).toBe(413);
    expect((await at.post([padded(1024)])).status).toBe(201);
    expect((await at.post([padded(2048)])).status).toBe(413);
  });
});
