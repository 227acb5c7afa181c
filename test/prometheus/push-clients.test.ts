import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { missing, PYTHON } from './tools.ts';

let folder: string;
let server: ServerProcess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gitops-status-push-'));
  server = await ServerProcess.start(join(folder, 'status.db'));
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Its own result: an exit code, and text. */
function run(command: string, args: readonly string[], input: string) {
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8' });
  return { status, says: `${stdout}${stderr}` };
}

const latest = () => server.json('/status.json');

describe.skipIf(missing('curl'))(
  'a pipeline that pushes with curl, as the README of Pushgateway shows',
  () => {
    const push = (body: string, ...options: readonly string[]) =>
      run('curl', ['-sS', '--fail-with-body', '--data-binary', '@-', ...options], body);

    test('is recorded without a change', async () => {
      const body = '# TYPE gitops_sync_status gauge\ngitops_sync_status{repo="rsyslog",server="lab"} 1\n';
      expect(push(body, `${server.url}/metrics/job/drift`)).toEqual({ status: 0, says: '' });
      expect(await latest()).toMatchObject([{ repo: 'rsyslog', server: 'lab', state: 'SYNCED' }]);
      const path = '/metrics/job/drift/repo/rsyslog/server/lab';
      expect(push('gitops_sync_status 0\n', '-X', 'PUT', `${server.url}${path}`)).toEqual({
        status: 0,
        says: '',
      });
      expect(await latest()).toMatchObject([{ repo: 'rsyslog', server: 'lab', state: 'OUT_OF_SYNC' }]);
    });

    test('is told what to do about anything else', () => {
      const answer = push('backup_seconds 3\n', `${server.url}/metrics/job/backup`);
      expect(answer.status).not.toBe(0);
      expect(answer.says).toContain('There is no gitops_sync_status in the body');
    });
  },
);

describe.skipIf(missing('python3-prometheus-client'))('a pipeline that pushes with prometheus_client', () => {
  /** One push: the function, the labels of the path, and the value. */
  const script = `
import sys
from prometheus_client import CollectorRegistry, Gauge, delete_from_gateway, push_to_gateway, pushadd_to_gateway
url, value = sys.argv[1:]
registry = CollectorRegistry()
in_sync = Gauge('gitops_sync_status', 'In sync?', ['repo', 'server'], registry=registry)
in_sync.labels('rsyslog', 'lab').set(float(value))
in_sync.labels('rsyslog', 'prod').set(1)
push_to_gateway(url, job='drift', registry=registry)
other = CollectorRegistry()
Gauge('gitops_sync_status', 'In sync?', ['repo', 'server'], registry=other).labels('rsyslog', 'other').set(1)
pushadd_to_gateway(url, job='drift/check', registry=other, grouping_key={'instance': '', 'team': 'a/b'})
delete_from_gateway(url, job='drift')
`;

  test('is recorded without a change, by push, by pushadd and with base64 labels', async () => {
    expect(run(PYTHON, ['-', server.url, '0'], script)).toEqual({ status: 0, says: '' });
    expect(await latest()).toMatchObject([
      { server: 'lab', state: 'OUT_OF_SYNC' },
      { server: 'other', state: 'SYNCED' },
      { server: 'prod', state: 'SYNCED' },
    ]);
    expect(await server.json('/api/v1/reports?server=other')).toMatchObject({
      rows: [{ labels: { job: 'drift/check', instance: '', team: 'a/b' } }],
    });
  });

  test('fails if it pushes what cannot be recorded', () => {
    const { status, says } = run(PYTHON, ['-', server.url, '0.5'], script);
    expect(status).toBe(1);
    expect(says).toContain('422');
  });
});
