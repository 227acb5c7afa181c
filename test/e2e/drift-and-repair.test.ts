import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLE, REPORTER, runReporter } from '../reporter/reporter.ts';
import { Scratch } from '../reporter/scratch.ts';
import { CHECK_TOOLS, missing } from '../reporter/tools.ts';
import { ServerProcess } from './server-process.ts';

interface Report {
  readonly last_check: string;
  readonly sync_status: string;
}

describe.skipIf(missing(CHECK_TOOLS))('a server that is deployed, drifts, is checked and repaired', () => {
  let scratch: Scratch;
  let server: ServerProcess;
  let reports: Report[];

  async function run(script: string, commit: string): Promise<number | null> {
    const { exitCode } = await runReporter(scratch, {
      command: join(scratch.repo, script),
      env: {
        DEPLOY_ROOT: scratch.root,
        GITOPS_STATUS_SERVER_URL: server.url,
        GITOPS_STATUS_REPORTER: REPORTER,
        SERVER_NAME: 'rsyslog-lab',
        CI: 'woodpecker',
        CI_COMMIT_SHA: commit,
        CI_COMMIT_BRANCH: 'main',
        CI_PIPELINE_URL: `https://ci.example/${commit}`,
      },
    });
    return exitCode;
  }

  beforeAll(async () => {
    scratch = new Scratch();
    cpSync(EXAMPLE, scratch.repo, { recursive: true });
    server = await ServerProcess.start(join(scratch.root, 'status.db'));

    expect(await run('apply.sh', 'first')).toBe(0);
    expect(await run('update-gitops-status.sh', 'first')).toBe(0);
    appendFileSync(join(scratch.etc, 'rsyslog.conf'), '# somebody was here\n');
    expect(await run('update-gitops-status.sh', 'first')).toBe(2);
    expect(await run('apply.sh', 'first')).toBe(0);
    expect(await run('update-gitops-status.sh', 'first')).toBe(0);
    appendFileSync(join(scratch.repo, 'files/rsyslog.d/30-lab.conf'), '# a merge that is not deployed yet\n');
    expect(await run('update-gitops-status.sh', 'second')).toBe(2);
    expect(await run('apply.sh', 'second')).toBe(0);
    expect(await run('update-gitops-status.sh', 'second')).toBe(0);

    const page = (await server.json('/api/v1/reports')) as { rows: Report[] };
    reports = page.rows.toReversed();
  });

  afterAll(async () => {
    await server.stop();
    scratch.remove();
  });

  const checkedAt = (n: number) => reports[n]?.last_check ?? 'no such report';
  const secondsBetween = (from: number, to: number) =>
    (Date.parse(checkedAt(to)) - Date.parse(checkedAt(from))) / 1000;

  test('is in the reports, as Ansible saw it', () => {
    const drifted = {
      sync_status: 'OUT_OF_SYNC',
      drift_count: 1,
      tool: expect.stringContaining('ansible'),
      branch: 'main',
    };
    expect(reports).toMatchObject([
      { sync_status: 'SYNCED', commit: 'first', files: [] },
      { ...drifted, commit: 'first', files: [{ name: 'rsyslog.conf', change: 'content' }] },
      { sync_status: 'SYNCED', commit: 'first' },
      { ...drifted, commit: 'second', files: [{ name: 'rsyslog.d/30-lab.conf', change: 'content' }] },
      { sync_status: 'SYNCED', commit: 'second', run_url: 'https://ci.example/second' },
    ]);
    expect(JSON.stringify(reports)).not.toContain('somebody was here');
  });

  test('is in the status, now and in the past', async () => {
    expect(await server.json('/status.json')).toMatchObject([
      {
        repo: 'rsyslog',
        server: 'rsyslog-lab',
        state: 'SYNCED',
        since: checkedAt(4),
        commit: 'second',
        incident: null,
      },
    ]);
    expect(await server.json(`/api/v1/status?at=${checkedAt(1)}`)).toMatchObject([
      { state: 'OUT_OF_SYNC', last_synced_at: checkedAt(0), incident: { cause: 'host_changed' } },
    ]);
  });

  test('is in the timeline and in the incidents, with their causes', async () => {
    expect(await server.json(`/api/v1/timeline?to=${checkedAt(4)}`)).toMatchObject([
      { state: 'SYNCED', from: checkedAt(0), to: checkedAt(1) },
      { state: 'OUT_OF_SYNC', from: checkedAt(1), to: checkedAt(2), files: ['rsyslog.conf'] },
      { state: 'SYNCED', from: checkedAt(2), to: checkedAt(3) },
      { state: 'OUT_OF_SYNC', from: checkedAt(3), to: checkedAt(4), files: ['rsyslog.d/30-lab.conf'] },
    ]);
    expect(await server.json('/api/v1/incidents')).toMatchObject([
      {
        cause: 'commit_not_applied',
        opened_at: checkedAt(3),
        resolved_at: checkedAt(4),
        duration_s: secondsBetween(3, 4),
      },
      {
        cause: 'host_changed',
        opened_at: checkedAt(1),
        resolved_at: checkedAt(2),
        duration_s: secondsBetween(1, 2),
      },
    ]);
  });

  test('is in the compliance', async () => {
    const [compliance] = (await server.json(`/api/v1/compliance?to=${checkedAt(4)}`)) as Record<
      string,
      number
    >[];
    expect(compliance).toMatchObject({ incidents: 2, coverage: 1, unknown_s: 0, stale_s: 0 });
    expect(compliance?.tracked_s).toBeCloseTo(secondsBetween(0, 4), 6);
    expect(compliance?.out_of_sync_s).toBeCloseTo(secondsBetween(1, 2) + secondsBetween(3, 4), 6);
  });

  test('is complete after a SIGTERM and a new start', async () => {
    const to = checkedAt(4);
    const questions = [
      '/status.json',
      '/api/v1/reports',
      `/api/v1/timeline?to=${to}`,
      '/api/v1/incidents',
      `/api/v1/files?to=${to}`,
      `/api/v1/compliance?to=${to}`,
    ];
    const ask = () => Promise.all(questions.map((question) => server.json(question)));
    const before = await ask();
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(server.log).toContain('"msg":"stopped"');
    server = await ServerProcess.start(join(scratch.root, 'status.db'));
    expect(await ask()).toEqual(before);
  });
});
