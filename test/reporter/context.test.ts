import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLEAN, cannedCheck, observations } from './canned-check.ts';
import type { Report } from './collector.ts';
import { runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { missing, REPORTER_TOOLS } from './tools.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';

const RUNNERS = [
  {
    runner: 'Woodpecker',
    env: {
      CI: 'woodpecker',
      CI_REPO: 'ops/rsyslog',
      CI_REPO_NAME: 'rsyslog',
      CI_COMMIT_SHA: SHA,
      CI_COMMIT_BRANCH: 'main',
      CI_PIPELINE_URL: 'https://ci.example/repos/7/pipeline/421',
      CI_PIPELINE_EVENT: 'cron',
    },
    run_url: 'https://ci.example/repos/7/pipeline/421',
    event: 'cron',
  },
  {
    runner: 'GitHub Actions',
    env: {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'ops/rsyslog',
      GITHUB_SHA: SHA,
      GITHUB_REF_NAME: 'main',
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_RUN_ID: '99',
      GITHUB_EVENT_NAME: 'schedule',
    },
    run_url: 'https://github.example/ops/rsyslog/actions/runs/99',
    event: 'schedule',
  },
  {
    runner: 'GitLab CI, which sets CI_* as Woodpecker does',
    env: {
      CI: 'true',
      GITLAB_CI: 'true',
      CI_PROJECT_PATH: 'ops/rsyslog',
      CI_COMMIT_SHA: SHA,
      CI_COMMIT_REF_NAME: 'main',
      CI_PIPELINE_URL: 'https://gitlab.example/ops/rsyslog/-/pipelines/5',
      CI_PIPELINE_SOURCE: 'schedule',
    },
    run_url: 'https://gitlab.example/ops/rsyslog/-/pipelines/5',
    event: 'schedule',
  },
  {
    runner: 'Jenkins, which names the remote in the branch',
    env: {
      JENKINS_URL: 'https://jenkins.example/',
      GIT_URL: 'git@git.example:ops/rsyslog.git',
      GIT_COMMIT: SHA,
      GIT_BRANCH: 'origin/main',
      BUILD_URL: 'https://jenkins.example/job/rsyslog/12/',
    },
    run_url: 'https://jenkins.example/job/rsyslog/12/',
    event: undefined,
  },
  {
    runner: 'Drone',
    env: {
      CI: 'true',
      DRONE: 'true',
      DRONE_REPO: 'ops/rsyslog',
      DRONE_COMMIT_SHA: SHA,
      DRONE_BRANCH: 'main',
      DRONE_BUILD_LINK: 'https://drone.example/ops/rsyslog/8',
      DRONE_BUILD_EVENT: 'cron',
    },
    run_url: 'https://drone.example/ops/rsyslog/8',
    event: 'cron',
  },
];

describe.skipIf(missing(REPORTER_TOOLS))('the origin of a report', () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
    cannedCheck(scratch, observations({ lab: CLEAN }));
  });
  afterEach(() => scratch.remove());

  async function dryRun(env: Record<string, string>): Promise<Report> {
    const { stdout } = await runReporter(scratch, { args: ['--dry-run'], env });
    return JSON.parse(stdout) as Report;
  }

  it.each(RUNNERS)('comes from $runner', async ({ env, run_url, event }) => {
    const report = await dryRun(env);
    expect(report).toMatchObject({ repo: 'ops/rsyslog', commit: SHA, branch: 'main', run_url });
    expect(report.event).toBe(event);
  });

  it('is REPO_NAME first of all', async () => {
    expect(await dryRun({ ...RUNNERS[0]?.env, REPO_NAME: 'rsyslog' })).toMatchObject({ repo: 'rsyslog' });
  });

  it('leaves out what a runner does not provide, and an invalid address', async () => {
    const report = await dryRun({
      CI: 'woodpecker',
      REPO_NAME: 'rsyslog',
      CI_PIPELINE_URL: 'javascript:alert(1)',
    });
    for (const key of ['commit', 'branch', 'run_url', 'event', 'expected_interval_s']) {
      expect(report).not.toHaveProperty(key);
    }
  });

  describe.skipIf(missing(['git']))('comes from git if there is no CI', () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example', ...args], {
        cwd: scratch.repo,
        encoding: 'utf8',
        stdio: 'pipe',
      }).trim();

    it.each([
      'git@git.example:ops/rsyslog.git',
      'https://git.example/ops/rsyslog',
      'ssh://git@git.example:2222/ops/rsyslog.git',
    ])('with the remote %s', async (remote) => {
      git('init', '-q', '-b', 'trunk');
      git('remote', 'add', 'origin', remote);
      git('commit', '-q', '--allow-empty', '-m', 'first');
      expect(await dryRun({})).toMatchObject({
        repo: 'ops/rsyslog',
        branch: 'trunk',
        commit: git('rev-parse', 'HEAD'),
      });
    });

    it('even before the first commit', async () => {
      git('init', '-q', '-b', 'trunk');
      expect(await dryRun({ REPO_NAME: 'rsyslog' })).not.toHaveProperty('commit');
    });
  });
});
