import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLEAN, cannedCheck, DRIFTED, observations } from './canned-check.ts';
import { Collector } from './collector.ts';
import { type RunOptions, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { missing, REPORTER_TOOLS } from './tools.ts';

const WOODPECKER = { CI: 'woodpecker', CI_REPO: 'ops/rsyslog', CI_COMMIT_BRANCH: 'topic' };

describe.skipIf(missing(REPORTER_TOOLS))('what a run may report', () => {
  let collector: Collector;
  let scratch: Scratch;

  beforeAll(async () => {
    collector = await Collector.start();
  });
  beforeEach(() => {
    collector.forget();
    collector.asked.length = 0;
    collector.known = undefined;
    scratch = new Scratch();
    cannedCheck(scratch, observations({ lab: DRIFTED }));
  });
  afterEach(() => scratch.remove());
  afterAll(() => collector.stop());

  async function report(options: RunOptions = {}) {
    const env = { GITOPS_STATUS_SERVER_URL: collector.url, REPO_NAME: 'rsyslog', ...options.env };
    return runReporter(scratch, { ...options, env });
  }

  it.each([
    { branch: 'another', env: { ...WOODPECKER, DEPLOY_BRANCH: 'main' } },
    { branch: 'an unknown', env: { CI: 'woodpecker', DEPLOY_BRANCH: 'main' } },
  ])('from a $branch branch than DEPLOY_BRANCH is not posted, but sets the exit code', async ({ env }) => {
    const { exitCode, stderr } = await report({ env });
    expect(exitCode).toBe(2);
    expect(stderr.match(/not posted: DEPLOY_BRANCH is "main"/g)).toHaveLength(1);
    expect([collector.received, collector.asked]).toEqual([[], []]);
    expect(await report({ args: ['--any-branch'], env })).toMatchObject({ exitCode: 2 });
    expect(collector.reports).toHaveLength(1);
  });

  it.each([
    { ci: 'Woodpecker', env: { ...WOODPECKER, CI_PIPELINE_EVENT: 'pull_request' } },
    { ci: 'GitHub Actions', env: { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request_target' } },
    { ci: 'GitLab CI', env: { GITLAB_CI: 'true', CI_PIPELINE_SOURCE: 'merge_request_event' } },
    { ci: 'Jenkins', env: { JENKINS_URL: 'http://jenkins', CHANGE_ID: '7' } },
    { ci: 'Drone', env: { DRONE: 'true', DRONE_BUILD_EVENT: 'pull_request' } },
  ])('from a pull or merge request ($ci) is never posted', async ({ env }) => {
    const { exitCode, stderr } = await report({ args: ['--any-branch'], env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('not posted: this is the check of a pull or merge request');
    expect(collector.received).toEqual([]);
  });

  it('after a deploy includes whether the deploy has succeeded', async () => {
    await report({ args: ['--after-deploy', 'success'] });
    const { stderr } = await report({ args: ['--after-deploy', 'failure'] });
    expect(collector.reports[0]).toMatchObject({ after_deploy: true });
    expect(collector.reports[1]).not.toHaveProperty('after_deploy');
    expect(stderr).toContain('--after-deploy "failure" is not "success"');
  });

  it('has a check named by the path of the playbook from the root of the repo, or by GITOPS_STATUS_CHECK', async () => {
    scratch.write('repo/.git/HEAD', '');
    scratch.write('repo/ansible/site.yml', '');
    const env = { DRIFT_CHECK_PLAYBOOK: 'site.yml' };
    await report({ cwd: `${scratch.repo}/ansible`, env });
    await report({ env: { ...env, GITOPS_STATUS_CHECK: 'of my own' } });
    expect(collector.reports.map(({ check }) => check)).toEqual(['ansible/site.yml', 'of my own']);
  });

  it('includes declarations of hosts of its plays that it does not report and the server does not know', async () => {
    const named = observations({ lab: CLEAN }).replaceAll('"named":["lab"]', '"named":["lab","known","new"]');
    cannedCheck(scratch, named);
    collector.known = [{ repo: 'rsyslog', server: 'known' }];
    expect(await report()).toMatchObject({ exitCode: 0 });
    expect(collector.asked).toEqual([
      'GET /api/v1/status?repo=rsyslog',
      'PUT /api/v1/targets?repo=rsyslog&server=new',
    ]);
    collector.asked.length = 0;
    await report({ env: { SERVER_NAME: 'one' } });
    expect(collector.asked).toEqual([]);
  });
});
