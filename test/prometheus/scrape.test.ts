import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { PrometheusProcess } from './prometheus-process.ts';
import { missing, PYTHON } from './tools.ts';

const HOUR = 3_600_000;

/** Characters that the text format must escape, and others that it must not. */
const ODD = 'a"b\\c,{d="e"} \\n ü';

const FLEET = [
  { server: 'in-sync', sync_status: 'SYNCED', labels: { env: 'prod', team: 'core' } },
  {
    server: 'drifted',
    sync_status: 'OUT_OF_SYNC',
    files: [{ name: 'a' }, { name: 'b' }],
    labels: { env: 'prod', team: ODD },
  },
  { server: 'unknown', sync_status: 'UNKNOWN', error: 'unreachable', labels: { env: 'test', team: 'core' } },
  { server: 'stale', sync_status: 'SYNCED', last_check: new Date(Date.now() - HOUR).toISOString() },
];

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gitops-status-scrape-'));
  server = await ServerProcess.start(join(folder, 'status.db'));
  const last_check = new Date().toISOString();
  await fetch(`${server.url}/api/v1/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(FLEET.map((report) => ({ repo: 'rsyslog', last_check, ...report }))),
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe.skipIf(missing('prometheus'))('the real Prometheus', () => {
  let prometheus: PrometheusProcess;
  beforeAll(async () => {
    prometheus = await PrometheusProcess.start(server.url);
  });
  afterAll(async () => {
    await prometheus.stop();
  });

  test('scrapes it, and knows what is in sync, what is not and why', async () => {
    await expect.poll(() => prometheus.query('up == 1')).toHaveLength(1);
    expect(await prometheus.query('sort_desc(gitops_sync_status)')).toEqual([
      { server: 'in-sync', value: 1 },
      { server: expect.any(String), value: 0 },
      { server: expect.any(String), value: 0 },
      { server: expect.any(String), value: 0 },
    ]);
    const inState = async (state: string) =>
      (await prometheus.query(`gitops_state{state="${state}"} == 1`)).map((series) => series.server);
    expect(await inState('SYNCED')).toEqual(['in-sync']);
    expect(await inState('OUT_OF_SYNC')).toEqual(['drifted']);
    expect(await inState('UNKNOWN')).toEqual(['unknown']);
    expect(await inState('STALE')).toEqual(['stale']);
    expect(await prometheus.query('gitops_drift_files{server="drifted"}')).toMatchObject([{ value: 2 }]);
    expect(await prometheus.query('count(gitops_state)')).toMatchObject([{ value: 4 }]);
    expect(await prometheus.query('gitops_status_server_build_info')).toMatchObject([{ value: 1 }]);
  });

  test('joins the labels of targets, as the documentation does', async () => {
    const documented = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const [, join = ''] = /```promql\n(.*?)\n```/s.exec(documented) ?? [];
    await expect.poll(() => prometheus.query(join)).toMatchObject([{ server: 'drifted', value: 0 }]);
    const odd = `gitops_target_info{label_team=${JSON.stringify(ODD)}}`;
    expect(await prometheus.query(odd)).toMatchObject([{ server: 'drifted', value: 1 }]);
    expect(await prometheus.query('count(gitops_target_info)')).toMatchObject([{ value: 3 }]);
  });

  test('follows a target from one scrape to the next', async () => {
    const body = 'gitops_sync_status{repo="rsyslog",server="in-sync"} 0\n';
    await fetch(`${server.url}/metrics/job/drift`, { method: 'PUT', body });
    await expect.poll(() => prometheus.query('max(gitops_sync_status)')).toMatchObject([{ value: 0 }]);
  });

  test('selects a push by its own job and instance, and its group by its time', async () => {
    const body = 'gitops_sync_status{repo="rsyslog",server="pushed"} 1\n';
    await fetch(`${server.url}/metrics/job/drift/instance/ci-1`, { method: 'PUT', body });
    await fetch(`${server.url}/metrics/job/nightly`, {
      method: 'PUT',
      body: body.replace('pushed', 'other'),
    });
    const old = 'gitops_sync_status{job="drift",instance="ci-1"}';
    await expect.poll(() => prometheus.query(old)).toMatchObject([{ server: 'pushed', value: 1 }]);
    expect(await prometheus.query('gitops_sync_status{job="nightly",instance=""}')).toHaveLength(1);
    expect(
      await prometheus.query('time() - push_time_seconds{job="drift",instance="ci-1"} < 3600'),
    ).toHaveLength(1);
    expect(await prometheus.query('up{job="gitops-status"}')).toHaveLength(1);
    await fetch(`${server.url}/metrics/job/drift/instance/ci-1`, { method: 'DELETE' });
    await expect.poll(() => prometheus.query(old)).toEqual([]);
    expect(await prometheus.query('gitops_state{server="pushed",state="SYNCED"}')).toHaveLength(1);
  });
});

/** What a tool says about the exposition: nothing if all is well. */
async function check(command: string, args: readonly string[], accept: string): Promise<string> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { Accept: accept } });
  const input = await answer.text();
  expect(input).toContain('gitops_incident_open_since_timestamp_seconds{');
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8' });
  return `${status === 0 ? '' : `exit ${status}\n`}${stdout}${stderr}`;
}

test.skipIf(missing('promtool'))('promtool has nothing to say about the text format', async () => {
  expect(await check('promtool', ['check', 'metrics'], 'text/plain')).toBe('');
});

test.skipIf(missing('python3-prometheus-client'))('a strict reader accepts the OpenMetrics', async () => {
  const read =
    'import sys\n' +
    'from prometheus_client.openmetrics.parser import text_string_to_metric_families as read\n' +
    'list(read(sys.stdin.read()))\n';
  expect(await check(PYTHON, ['-c', read], 'application/openmetrics-text; version=1.0.0')).toBe('');
});
