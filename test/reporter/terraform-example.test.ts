import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const EXAMPLE = fileURLToPath(new URL('../../reporter/examples/terraform', import.meta.url));

type Step = {
  readonly name: string;
  readonly commands: readonly string[];
  readonly when: readonly { readonly event: string; readonly branch?: string }[];
};

type Workflow = {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly run?: string; readonly with?: object }[] }>
  >;
};

function example<T>(name: string): T {
  return parse(readFileSync(join(EXAMPLE, name), 'utf8')) as T;
}

const reports = (command: string) => command.includes('gitops_status_reporter.py terraform');

describe('the Terraform example', () => {
  const { steps } = example<{ steps: readonly Step[] }>('.woodpecker.yml');

  it('applies on a push to main alone, and reports on that and on cron, never on a pull request', () => {
    const applying = steps.filter(({ commands }) =>
      commands.some((command) => command.includes('tofu apply')),
    );
    expect(applying.flatMap(({ when }) => when)).toEqual([{ event: 'push', branch: 'main' }]);
    const reporting = steps.filter(({ commands }) => commands.some(reports));
    expect(reporting.flatMap(({ when }) => when.map(({ event }) => event))).toEqual(['push', 'cron']);
  });

  it('reports even if the initialisation fails: the plan then says UNKNOWN', () => {
    for (const { commands } of steps.filter((step) => step.commands.some(reports))) {
      expect(commands).toContain('tofu init -input=false || true');
    }
  });

  it('reports on a schedule in GitHub Actions, with a tofu without a wrapper', () => {
    const workflow = example<Workflow>('.github/workflows/drift.yml');
    expect(Object.keys(workflow.on)).toEqual(['schedule', 'workflow_dispatch']);
    const found = Object.values(workflow.jobs).flatMap((job) => job.steps);
    expect(found.filter(({ run }) => run !== undefined && reports(run))).toHaveLength(1);
    expect(found.map((step) => step.with)).toContainEqual({ tofu_version: '1.12.6', tofu_wrapper: false });
  });
});
