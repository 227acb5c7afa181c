import { beforeEach, describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const LAB = 'repo="rsyslog",server="rsyslog-lab"';

const scrape = async (app = at.service.app) => (await app.request('/metrics')).text();
/** The value of a series; undefined if there is no such series. */
const sampleOf = async (series: string) =>
  (await scrape())
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);

describe('/metrics', () => {
  test.each([
    [undefined, 'text/plain; version=0.0.4; charset=utf-8'],
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
    ['text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
    [
      'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
    [
      'application/vnd.google.protobuf;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,' +
        'application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,*/*;q=0.2',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
  ])('for Accept %s is %s', async (accept, type) => {
    const answer = await at.get('/metrics', accept === undefined ? {} : { Accept: accept });
    expect(answer.headers.get('Content-Type')).toBe(type);
    expect((await answer.text()).endsWith('\n# EOF\n')).toBe(type.startsWith('application'));
  });

  test('follows a target through its states', async () => {
    await at.post(aBody({ last_check: iso(NOON) }));
    expect(await sampleOf(`gitops_sync_status{${LAB}}`)).toBe('1');
    at.now += MINUTE;
    await at.post(aDrift(['a', 'b'], { last_check: iso(at.now) }));
    expect(await sampleOf(`gitops_sync_status{${LAB}}`)).toBe('0');
    expect(await sampleOf(`gitops_state{${LAB},state="OUT_OF_SYNC"}`)).toBe('1');
    expect(await sampleOf(`gitops_drift_files{${LAB}}`)).toBe('2');
    expect(await sampleOf(`gitops_incident_open_since_timestamp_seconds{${LAB}}`)).toBe('1776772860');
    at.now += MINUTE;
    await at.post(aBody({ last_check: iso(at.now) }));
    expect(await sampleOf(`gitops_sync_status{${LAB}}`)).toBe('1');
    expect(await sampleOf(`gitops_incident_open_since_timestamp_seconds{${LAB}}`)).toBe('0');
    at.now += 10 * MINUTE;
    expect(await sampleOf(`gitops_sync_status{${LAB}}`)).toBe('0');
    expect(await sampleOf(`gitops_state{${LAB},state="STALE"}`)).toBe('1');
    expect(await sampleOf(`gitops_drift_files{${LAB}}`)).toBeUndefined();
  });

  test('has no number of files if it is not known', async () => {
    await at.post(aBody({ sync_status: 'OUT_OF_SYNC' }));
    expect(await sampleOf(`gitops_state{${LAB},state="OUT_OF_SYNC"}`)).toBe('1');
    expect(await scrape()).not.toMatch(/^gitops_drift_files\{/m);
  });

  test('reads the fleet again only if something was recorded or a state has changed by time', async () => {
    let reads = 0;
    const { store } = at.service;
    const summaries: typeof store.summaries = (...asked) => {
      reads++;
      return store.summaries(...asked);
    };
    const app = at.appWith({ store: { ...store, summaries } });
    const readsFor = async (headers = {}) => {
      const before = reads;
      await app.request('/metrics', { headers });
      return reads - before;
    };
    await at.post(aBody());
    expect([await readsFor(), await readsFor()]).toEqual([1, 0]);
    const openMetrics = { Accept: 'application/openmetrics-text' };
    expect([await readsFor(openMetrics), await readsFor(openMetrics), await readsFor()]).toEqual([1, 0, 0]);
    await at.post(aBody({ last_check: iso(NOON + 1) }));
    expect([await readsFor(), await readsFor()]).toEqual([1, 0]);
    at.now += 11 * MINUTE;
    expect([await readsFor(), await readsFor()]).toEqual([1, 0]);
    at.now -= 1;
    expect(await readsFor()).toBe(1);
    expect(await scrape(app)).toContain(`gitops_state{${LAB},state="STALE"} 1\n`);
  });

  test('has no series of a target that was deleted', async () => {
    await at.post([aBody(), aBody({ server: 'other' })]);
    expect(await scrape()).toContain(LAB);
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=rsyslog-lab', { method: 'DELETE' });
    const left = await scrape();
    expect(left).not.toContain('rsyslog-lab');
    expect(left).toContain('server="other"');
  });

  test('names no commit and no file', async () => {
    await at.post(aDrift(['secret.conf'], { commit: 'c0ffee', run_url: 'https://ci.example/7' }));
    expect(await scrape()).not.toMatch(/secret|c0ffee|ci\.example/);
  });

  test('has five series for a target, in sync or not', async () => {
    const names = async () =>
      (await scrape()).split('\n').flatMap((line) => (line.includes(LAB) ? line.replace(/\{.*/, '') : []));
    await at.post(aBody());
    const five = [
      'gitops_sync_status',
      'gitops_state',
      'gitops_drift_files',
      'gitops_last_report_timestamp_seconds',
      'gitops_incident_open_since_timestamp_seconds',
    ];
    expect(await names()).toEqual(five);
    await at.post(aDrift(['a'], { last_check: iso(NOON + 1) }));
    expect(await names()).toEqual(five);
  });

  test('has all series for a target if the setting says so', async () => {
    at = startService({ GITOPS_STATUS_TARGET_SERIES: 'all' });
    await at.post(aDrift(['a']));
    expect((await scrape()).split('\n').filter((line) => line.includes(LAB))).toHaveLength(12);
    expect(await sampleOf(`gitops_state{${LAB},state="SYNCED"}`)).toBe('0');
    expect(await sampleOf(`gitops_reports_total{${LAB},sync_status="OUT_OF_SYNC"}`)).toBe('1');
    expect(await sampleOf(`gitops_reports_total{${LAB},sync_status="UNKNOWN"}`)).toBe('0');
    expect(await sampleOf(`gitops_last_check_timestamp_seconds{${LAB}}`)).toBe('1776772800');
  });

  test('has the running version', async () => {
    expect(await scrape()).toMatch(
      /^gitops_status_server_build_info\{version="0.0.0-test",node_version=".+"\} 1$/m,
    );
    expect(await scrape()).toMatch(/^process_start_time_seconds \d+/m);
  });
});

describe('the server itself', () => {
  const OWN = 'gitops_status_server';

  test.each([
    ['recorded_reports_total{recorded="new",change="changed",sync_status="OUT_OF_SYNC"}'],
    ['recorded_reports_total{recorded="duplicate",change="late",sync_status="UNKNOWN"}'],
    ['refused_reports_total{reason="conflict",sync_status="SYNCED"}'],
    ['refused_reports_total{reason="forbidden",sync_status="UNKNOWN"}'],
    ['rejected_posts_total{reason="invalid"}'],
    ['rejected_posts_total{reason="unavailable"}'],
    ['broken_requests_total{status="400"}'],
    ['ignored_push_samples_total'],
    ['pruned_reports_total'],
  ])('has its counter %s before the first event', async (series) => {
    expect(await sampleOf(`${OWN}_${series}`)).toBe('0');
  });

  test('has no counter without a series', async () => {
    const text = await scrape();
    const counters = [...text.matchAll(/^# TYPE (gitops_status_server_\S+) counter$/gm)].map(
      ([, name]) => name,
    );
    expect(counters.length).toBeGreaterThan(5);
    for (const name of counters) expect(text).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
  });

  test('counts acknowledged reports by their result', async () => {
    await at.post(aBody());
    await at.post(aBody());
    await at.post(aDrift(['a'], { last_check: iso(NOON - MINUTE) }));
    const recorded = (labels: string) => sampleOf(`${OWN}_recorded_reports_total{${labels}}`);
    expect(await recorded('recorded="new",change="first",sync_status="SYNCED"')).toBe('1');
    expect(await recorded('recorded="duplicate",change="first",sync_status="SYNCED"')).toBe('1');
    expect(await recorded('recorded="new",change="late",sync_status="OUT_OF_SYNC"')).toBe('1');
    expect(await sampleOf(`${OWN}_record_duration_seconds_count`)).toBe('3');
  });

  test('counts reports refused because of recorded ones, and not as recorded', async () => {
    await at.post(aBody({ check: 'nightly' }));
    await at.post([aBody({ check: 'hourly', commit: 'abc' }), aDrift(['a'], { server: 'other' })]);
    const refused = (status: string) =>
      sampleOf(`${OWN}_refused_reports_total{reason="conflict",sync_status="${status}"}`);
    expect([await refused('SYNCED'), await refused('OUT_OF_SYNC')]).toEqual(['1', '1']);
    expect(await sampleOf(`${OWN}_rejected_posts_total{reason="conflict"}`)).toBe('1');
    expect(await scrape()).not.toMatch(/recorded_reports_total\{.*OUT_OF_SYNC"\} [^0]/);
  });

  test('counts refused posts by the kind of problem', async () => {
    await at.post('{');
    await at.post(aBody({ repo: undefined }));
    await at.post(aBody({ server: 'a,b' }));
    await at.post('', '/metrics/job/drift', { 'Content-Type': 'application/json' });
    const refused = (reason: string) => sampleOf(`${OWN}_rejected_posts_total{reason="${reason}"}`);
    expect(await refused('malformed')).toBe('1');
    expect(await refused('invalid')).toBe('2');
    expect(await refused('unsupported-media-type')).toBe('1');
  });

  test('counts failed writes, and not as recorded', async () => {
    const full = () => Promise.reject(new DomainError('unavailable', 'The disk is full.'));
    const app = at.appWith({ recorder: { submit: full } });
    const headers = { 'Content-Type': 'application/json' };
    await app.request('/', { method: 'POST', headers, body: JSON.stringify(aBody()) });
    expect(await scrape(app)).toContain(`${OWN}_rejected_posts_total{reason="unavailable"} 1\n`);
  });

  test('times requests by route, so that no client can make series', async () => {
    await at.get('/badge.json?repo=a');
    await at.post('a 1', '/metrics/job/one/of/many', { 'Content-Type': 'text/plain' });
    for (const path of ['/nope/1', '/nope/2']) await at.get(path);
    await at.service.app.request('/status.json', { method: 'INVENTED' });
    const text = await scrape();
    const counted = (labels: string) => `${OWN}_http_request_duration_seconds_count{${labels}} `;
    expect(text).toContain(counted('method="GET",route="/badge.json",status="200"'));
    expect(text).toContain(counted('method="POST",route="/metrics/job/*",status="400"'));
    expect(text).toContain(counted('method="other",route="/*",status="405"'));
    expect(text).not.toMatch(/nope|\/many|INVENTED/);
  });
});
