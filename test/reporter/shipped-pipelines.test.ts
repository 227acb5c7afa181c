import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXAMPLE } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { pipelineOf, runStep, shippedPipeline, stepOf, stepsOn } from './woodpecker.ts';

type GithubStep = { readonly run?: string; readonly if?: string; readonly [key: string]: unknown };
type GithubJob = { readonly if: string; readonly 'runs-on': string; readonly steps: readonly GithubStep[] };

type GitlabJob = {
  readonly script: readonly string[];
  readonly rules: readonly { readonly if: string; readonly when?: string }[];
  readonly [key: string]: unknown;
};

const textOf = (name: string) => readFileSync(join(EXAMPLE, name), 'utf8');
const REPORTING = ['update-gitops-status', 'gitops_sync_check'];
const AFTER_DEPLOY = './update-gitops-status.sh --always-zero --after-deploy';

describe('the Woodpecker pipeline', () => {
  const pipeline = shippedPipeline('.woodpecker.yml');
  const step = (name: string) => stepOf(pipeline, name);

  it.each([
    ['push', { branch: 'master' }, ['validate', 'deploy', 'update-gitops-status']],
    ['push', { branch: 'master', status: 'failure' }, ['update-gitops-status']],
    ['push', { branch: 'try-it' }, ['other-branch', 'validate']],
    ['pull_request', { branch: 'master' }, ['validate']],
    ['cron', { branch: 'master', cron: 'gitops-sync-check' }, ['gitops_sync_check']],
    ['cron', { branch: 'master', cron: 'nightly' }, []],
    ['manual', { branch: 'master' }, ['gitops_sync_check']],
    ['tag', { branch: 'master' }, []],
  ])('runs on %s %j: %j', (event, trigger, steps) => {
    expect(stepsOn(pipeline, { event, ...trigger })).toEqual(steps);
  });

  it('names the branch in one place', () => {
    const text = textOf('.woodpecker.yml');
    expect(text.match(/^[^#\n]*\bmaster\b/gm)).toEqual(['  - &branch master']);
    const main = pipelineOf(text.replace('&branch master', '&branch main'));
    expect(stepsOn(main, { event: 'push', branch: 'main' })).toContain('deploy');
    expect(stepsOn(main, { event: 'push', branch: 'master' })).toContain('other-branch');
    for (const name of REPORTING) {
      expect(stepOf(main, name).environment).toMatchObject({ DEPLOY_BRANCH: 'main' });
    }
  });

  it('reports after a deploy, failed or not, without changing its result', () => {
    const report = step('update-gitops-status');
    expect(report).toMatchObject({ failure: 'ignore' });
    expect(report.commands.at(-1)).toBe(`${AFTER_DEPLOY} "$CI_PIPELINE_STATUS"`);
  });

  it('fails on drift when it checks', () => {
    const check = step('gitops_sync_check');
    expect(check.commands.at(-1)).toBe('./update-gitops-status.sh');
    expect(check).not.toHaveProperty('failure');
  });

  it('does not mention a Pushgateway', () => {
    expect(textOf('.woodpecker.yml')).not.toMatch(/pushgateway/i);
  });

  it.each(REPORTING)('gives %s the server, the repo and the name', (name) => {
    expect(step(name).environment).toEqual({
      GITOPS_STATUS_SERVER_URL: 'http://gitops-status.example:8080',
      REPO_NAME: 'rsyslog',
      SERVER_NAME: 'rsyslog-lab',
      EXPECTED_INTERVAL: '120',
      DEPLOY_BRANCH: 'master',
    });
  });

  it('names no secret, which would have to exist, until the lines of the token are uncommented', () => {
    const text = textOf('.woodpecker.yml');
    expect(JSON.stringify(parse(text))).not.toContain('from_secret');
    const withToken = pipelineOf(text.replace(/^( +)# (GITOPS_STATUS_TOKEN:| {2}from_secret:)/gm, '$1$2'));
    for (const name of REPORTING) {
      expect(stepOf(withToken, name).environment).toMatchObject({
        REPO_NAME: 'rsyslog',
        GITOPS_STATUS_TOKEN: { from_secret: 'gitops_status_token' },
      });
    }
  });

  it.each([pipeline, shippedPipeline('.woodpecker.pushgateway.yml')])(
    'uses nothing that Woodpecker 3 removed, and no variable that it would replace too early',
    (either) => {
      expect(either).not.toHaveProperty('pipeline');
      for (const candidate of either.steps) {
        expect(candidate).not.toHaveProperty('secrets');
        expect(candidate).not.toHaveProperty('settings');
        expect(candidate.commands.join('\n')).not.toMatch(/(?<!\$)\$\{/);
        expect(Array.isArray(candidate.environment)).toBe(false);
      }
    },
  );
});

describe('a step of the Woodpecker pipeline', () => {
  const pipeline = shippedPipeline('.woodpecker.yml');
  const NEEDED = ['ansible-core', 'bash', 'git', 'jq', 'openssh-client', 'python3'];
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
    scratch.write('log', '');
    scratch.write('repo/update-gitops-status.sh', `#!/bin/sh\necho "script $*" >> "$LOG"\n`, 0o755);
  });
  afterEach(() => scratch.remove());

  /** A machine with only this package manager, which only logs. */
  async function runWith(manager: string, name: string, exitCode = 0) {
    scratch.write(`bin/${manager}`, `#!/bin/sh\necho "${manager} $*" >> "$LOG"\nexit ${exitCode}\n`, 0o755);
    const env = { PATH: scratch.bin, LOG: join(scratch.root, 'log'), CI_PIPELINE_STATUS: 'success' };
    const run = await runStep(scratch, stepOf(pipeline, name), env);
    const log = readFileSync(env.LOG, 'utf8').trimEnd().split('\n');
    return { ...run, log };
  }

  describe.each(REPORTING)('%s', (name) => {
    it('installs what it needs on Debian, then calls the script', async () => {
      const { log, exitCode } = await runWith('apt-get', name);
      expect(exitCode).toBe(0);
      expect(log).toHaveLength(3);
      expect(log[0]).toContain('apt-get update');
      expect(log[1]?.split(' ')).toEqual(expect.arrayContaining(['apt-get', 'install', '-y', ...NEEDED]));
      expect(log[2]).toMatch(/^script/);
    });

    it('installs what it needs on Alpine, then calls the script', async () => {
      const { log, exitCode } = await runWith('apk', name);
      expect(exitCode).toBe(0);
      expect(log).toHaveLength(2);
      expect(log[0]?.split(' ')).toEqual(expect.arrayContaining(['apk', 'add', ...NEEDED]));
      expect(log[1]).toMatch(/^script/);
    });

    it.each(['apt-get', 'apk'])('ends if %s fails', async (manager) => {
      const { log, exitCode } = await runWith(manager, name, 7);
      expect(exitCode).toBe(7);
      expect(log).toHaveLength(1);
    });
  });

  it('says on another branch why nothing runs', async () => {
    const run = await runStep(scratch, stepOf(pipeline, 'other-branch'), { CI_COMMIT_BRANCH: 'try-it' });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('this is branch try-it, and only master is');
  });
});

describe.each(['.github', '.forgejo'])('the workflow in %s', (folder) => {
  const text = textOf(`${folder}/workflows/gitops.yml`);
  const workflow = parse(text) as { on: object; jobs: Partial<Record<string, GithubJob>> };
  const step = (job: string, name: string) =>
    workflow.jobs[job]?.steps.find((candidate) => candidate.name === name);

  it('deploys only on push, and checks on schedule and by hand', () => {
    expect(Object.keys(workflow.on)).toEqual(['push', 'pull_request', 'schedule', 'workflow_dispatch']);
    expect(workflow.jobs.deploy?.if).toBe("github.event_name == 'push'");
    expect(workflow.jobs.validate?.if).toBe("github.event_name == 'pull_request'");
    expect(workflow.jobs.gitops_sync_check?.if).toBe(
      "github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'",
    );
    expect(step('gitops_sync_check', 'gitops_sync_check')?.run).toBe(
      './update-gitops-status.sh --fail-on change',
    );
    const deploying = Object.entries(workflow.jobs).filter(([, job]) =>
      job?.steps.some(({ run }) => run?.includes('apply')),
    );
    expect(deploying.map(([name]) => name)).toEqual(['deploy']);
  });

  it('names the branch in one place, and says on another why nothing runs', () => {
    expect(text.match(/^[^#\n]*\bmaster\b/gm)).toEqual(['  DEPLOY_BRANCH: master']);
    expect(step('deploy', 'deploy')?.if).toBe('github.ref_name == env.DEPLOY_BRANCH');
    expect(step('deploy', 'other-branch')?.if).toBe('github.ref_name != env.DEPLOY_BRANCH');
  });

  it('reports after a deploy, failed or not', () => {
    expect(step('deploy', 'update-gitops-status')).toEqual({
      name: 'update-gitops-status',
      if: 'always() && github.ref_name == env.DEPLOY_BRANCH',
      'continue-on-error': true,
      env: { DEPLOY_OUTCOME: `\${{ steps.deploy.outcome }}` },
      run: `${AFTER_DEPLOY} "$DEPLOY_OUTCOME"`,
    });
    expect(step('deploy', 'deploy')).toMatchObject({ id: 'deploy', run: './apply.sh' });
  });

  it.each(['deploy', 'gitops_sync_check'])('installs what %s needs', (job) => {
    expect(step(job, 'install')?.run).toMatch(
      /ansible-core bash ca-certificates git jq openssh-client python3/,
    );
  });
});

describe('the GitLab pipeline', () => {
  const text = textOf('.gitlab-ci.yml');
  const pipeline = parse(text) as Partial<Record<string, GitlabJob>>;
  const rules = (job: string) => pipeline[job]?.rules.map((rule) => rule.if);

  it('deploys only on push, and checks on schedule and by hand', () => {
    expect(rules('deploy')).toEqual(['$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $DEPLOY_BRANCH']);
    expect(rules('gitops_sync_check')).toEqual([
      '$CI_PIPELINE_SOURCE == "schedule" || $CI_PIPELINE_SOURCE == "web"',
    ]);
    expect(pipeline.gitops_sync_check?.script).toEqual(['./update-gitops-status.sh --fail-on change']);
  });

  it('names the branch in one place, and says on another why nothing runs', () => {
    expect(text.match(/^[^#\n]*\bmaster\b/gm)).toEqual(['  DEPLOY_BRANCH: master']);
    expect(rules('other-branch')).toEqual([
      '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH != $DEPLOY_BRANCH',
    ]);
  });

  it('reports after a deploy, failed or not, with its result', () => {
    expect(pipeline.deploy).toMatchObject({
      after_script: ['echo "DEPLOY_OUTCOME=$CI_JOB_STATUS" > deploy.env'],
      artifacts: { when: 'always', reports: { dotenv: 'deploy.env' } },
    });
    expect(pipeline['update-gitops-status']).toMatchObject({
      script: [`${AFTER_DEPLOY} "$DEPLOY_OUTCOME"`],
      allow_failure: true,
      rules: [{ when: 'always' }],
    });
  });
});
