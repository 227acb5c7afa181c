import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXAMPLE } from './reporter.ts';

type Step = {
  readonly name: string;
  readonly commands: readonly string[];
  readonly when: readonly {
    readonly event: string | readonly string[];
    readonly status?: readonly string[];
  }[];
  readonly [key: string]: unknown;
};

type GithubJob = {
  readonly if: string;
  readonly steps: readonly { readonly run?: string; readonly if?: string; readonly [key: string]: unknown }[];
};

type GitlabJob = {
  readonly script: readonly string[];
  readonly rules: readonly { readonly if: string; readonly when?: string }[];
  readonly [key: string]: unknown;
};

function example<T>(name: string): T {
  return parse(readFileSync(join(EXAMPLE, name), 'utf8')) as T;
}

function eventsOf(step: Step | undefined): readonly string[] {
  return step?.when.flatMap(({ event }) => event) ?? [];
}

describe('the Woodpecker pipeline', () => {
  const pipeline = example<{ steps: readonly Step[] }>('.woodpecker.yml');
  const step = (name: string) => pipeline.steps.find((candidate) => candidate.name === name);

  it('says for every step on which events it runs', () => {
    for (const candidate of pipeline.steps) {
      expect(eventsOf(candidate), candidate.name).not.toEqual([]);
    }
  });

  it('deploys on push alone, never on cron', () => {
    expect(eventsOf(step('deploy'))).toEqual(['push']);
    const deploying = pipeline.steps.filter(({ commands }) =>
      commands.some((command) => command.includes('apply')),
    );
    expect(deploying.map(({ name }) => name)).toEqual(['deploy']);
  });

  it('reports after a deploy, failed or not, without changing its colour', () => {
    const report = step('update-gitops-status');
    expect(report).toMatchObject({ failure: 'ignore', when: [{ status: ['success', 'failure'] }] });
    expect(report?.commands.at(-1)).toBe('./drift-check.sh --always-zero');
  });

  it('checks on cron and fails on drift', () => {
    const check = step('gitops_sync_check');
    expect(eventsOf(check)).toEqual(['cron']);
    expect(check?.commands.at(-1)).toBe('./drift-check.sh');
    expect(check).not.toHaveProperty('failure');
  });

  it('uses nothing that Woodpecker 3 removed, and no variable that it would replace too early', () => {
    expect(pipeline).not.toHaveProperty('pipeline');
    for (const candidate of pipeline.steps) {
      expect(candidate).not.toHaveProperty('secrets');
      expect(candidate).not.toHaveProperty('settings');
      expect(candidate.commands.join('\n')).not.toMatch(/(?<!\$)\$\{/);
      expect(Array.isArray(candidate.environment)).toBe(false);
    }
  });
});

describe('the GitHub Actions workflow', () => {
  const workflow = example<{ on: object; jobs: Partial<Record<string, GithubJob>> }>(
    '.github/workflows/gitops.yml',
  );
  const commands = (job: string) => workflow.jobs[job]?.steps.flatMap(({ run }) => run ?? []);

  it('deploys on push and checks on schedule', () => {
    expect(Object.keys(workflow.on)).toEqual(['push', 'schedule']);
    expect(workflow.jobs.deploy?.if).toBe("github.event_name == 'push'");
    expect(workflow.jobs.gitops_sync_check?.if).toBe("github.event_name == 'schedule'");
    expect(commands('gitops_sync_check')).toEqual(['./drift-check.sh --fail-on change']);
  });

  it('reports after a deploy, failed or not', () => {
    expect(commands('deploy')).toEqual(['./apply.sh', './drift-check.sh --always-zero']);
    expect(workflow.jobs.deploy?.steps.at(-1)).toMatchObject({ if: 'always()', 'continue-on-error': true });
  });
});

describe('the GitLab pipeline', () => {
  const pipeline = example<Partial<Record<string, GitlabJob>>>('.gitlab-ci.yml');

  it('deploys on push and checks on schedule', () => {
    expect(pipeline.deploy?.rules.every((rule) => rule.if.includes('== "push"'))).toBe(true);
    expect(pipeline.gitops_sync_check).toMatchObject({
      script: ['./drift-check.sh --fail-on change'],
      rules: [{ if: '$CI_PIPELINE_SOURCE == "schedule"' }],
    });
  });

  it('reports after a deploy, failed or not', () => {
    expect(pipeline['update-gitops-status']).toMatchObject({
      script: ['./drift-check.sh --always-zero'],
      allow_failure: true,
      rules: [{ when: 'always' }],
    });
  });
});
