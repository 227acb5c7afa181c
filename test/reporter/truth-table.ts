import { describe, expect, it } from 'vitest';
import { Collector, type Report } from './collector.ts';
import { type Run, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import type { Expected, Situation } from './situation.ts';

/** Runs real checks of all the situations, with the plugin or with jsonl as the source: both must tell the same. */
export function describeTruthTable(
  title: string,
  source: 'plugin' | 'jsonl',
  situations: readonly Situation[],
): void {
  describe(title, () => {
    // Each test has a server, a collector and a process of its own, and most of its time is Ansible's start.
    for (const situation of situations) {
      it.concurrent(situation.title, () => expectTruth(situation, source));
    }
  });
}

async function expectTruth(situation: Situation, source: string): Promise<void> {
  const scratch = new Scratch();
  const collector = await Collector.start();
  try {
    const run = await check(situation, source, scratch, collector);
    const told = collector.reports.map((report) => summaryOf(report));
    expect(told, run.stderr).toMatchObject(
      situation.reports.map((report) => ({ repo: 'rsyslog', ...report })),
    );
    expect(run.exitCode).toBe(situation.exitCode);
  } finally {
    await collector.stop();
    scratch.remove();
  }
}

async function check(
  situation: Situation,
  source: string,
  scratch: Scratch,
  collector: Collector,
): Promise<Run> {
  situation.prepare?.(scratch);
  scratch.write('repo/check.yml', playbookOf(situation).replaceAll('@ETC@', scratch.etc));
  return runReporter(scratch, {
    args: ['--', ...(situation.args ?? ['-i', 'lab,', '-c', 'local'])],
    env: {
      GITOPS_STATUS_SERVER_URL: collector.url,
      REPO_NAME: 'rsyslog',
      DRIFT_CHECK_PLAYBOOK: 'check.yml',
      DRIFT_SOURCE: source,
      STRIP_PREFIX: `${scratch.etc}/`,
      ...situation.env,
    },
  });
}

function playbookOf({ playbook, tasks = '' }: Situation): string {
  return playbook ?? `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.replaceAll(/^/gm, '    ')}\n`;
}

function summaryOf(report: Report): Expected {
  return { ...report, files: report.files.map(({ change, name }) => `${change} ${name}`) };
}
