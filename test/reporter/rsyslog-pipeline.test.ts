import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Collector } from './collector.ts';
import { EXAMPLE, REPORTER, type Run } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { runStep, shippedPipeline, stepOf } from './woodpecker.ts';

/** The shipped steps, run one after the other with the real Ansible; only packages are not installed. */
describe.skipIf(missing(CHECK_TOOLS))('the shipped Woodpecker pipeline, run', () => {
  let scratch: Scratch;
  let collector: Collector;

  beforeAll(async () => {
    scratch = new Scratch();
    scratch.stub('apt-get', 'exit 0');
    cpSync(EXAMPLE, scratch.repo, { recursive: true });
    collector = await Collector.start();
    expect(await step('validate')).toMatchObject({ exitCode: 0 });
    expect(await step('deploy')).toMatchObject({ exitCode: 0 });
  });
  beforeEach(() => collector.forget());
  afterAll(async () => {
    await collector.stop();
    scratch.remove();
  });

  const step = (name: string, env: Record<string, string> = {}): Promise<Run> =>
    runStep(scratch, stepOf(shippedPipeline('.woodpecker.yml'), name), {
      DEPLOY_ROOT: scratch.root,
      GITOPS_STATUS_REPORTER: REPORTER,
      GITOPS_STATUS_SERVER_URL: collector.url,
      CI_COMMIT_BRANCH: 'master',
      CI_PIPELINE_EVENT: 'push',
      ...env,
    });

  it('reports after a successful deploy, and says that it succeeded', async () => {
    expect(await step('update-gitops-status', { CI_PIPELINE_STATUS: 'success' })).toMatchObject({
      exitCode: 0,
    });
    expect(collector.reports).toMatchObject([
      { repo: 'rsyslog', server: 'rsyslog-lab', sync_status: 'SYNCED', after_deploy: true, branch: 'master' },
    ]);
  });

  it('reports after a failed deploy, and does not say that it succeeded', async () => {
    const run = await step('update-gitops-status', { CI_PIPELINE_STATUS: 'failure' });
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('--after-deploy "failure" is not "success"');
    expect(collector.reports).toMatchObject([{ sync_status: 'SYNCED' }]);
    expect(collector.reports[0]).not.toHaveProperty('after_deploy');
  });

  it('does not report from a cron job of another branch, and says why', async () => {
    const run = await step('gitops_sync_check', { CI_PIPELINE_EVENT: 'cron', CI_COMMIT_BRANCH: 'try-it' });
    expect(run.stderr).toContain('not posted: DEPLOY_BRANCH is "master", this branch is "try-it"');
    expect(collector.reports).toEqual([]);
  });

  it('sends the report, then fails on drift in the check, and never after a deploy', async () => {
    appendFileSync(join(scratch.etc, 'rsyslog.conf'), '# by hand\n');
    const drifted = [{ sync_status: 'OUT_OF_SYNC', drift_count: 1, files: [{ name: 'rsyslog.conf' }] }];
    for (const event of ['cron', 'manual']) {
      collector.forget();
      expect(await step('gitops_sync_check', { CI_PIPELINE_EVENT: event })).toMatchObject({ exitCode: 2 });
      expect(collector.reports).toMatchObject(drifted);
    }
    collector.forget();
    expect(await step('update-gitops-status', { CI_PIPELINE_STATUS: 'success' })).toMatchObject({
      exitCode: 0,
    });
    expect(collector.reports).toMatchObject(drifted);
  });
});
