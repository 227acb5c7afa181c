import { describe, expect, it } from 'vitest';
import { atFullLength } from '../full-length.ts';
import { ANSIBLES, type Ansible, OLDEST_AND_NEWEST } from './ansibles.ts';
import { Collector, type Report } from './collector.ts';
import { KEEPING, recordingsOf, replay, saveRecording } from './recording.ts';
import { type Run, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import type { Expected, Situation } from './situation.ts';

/**
 * Each situation is replayed from a recording of the plugin. One of each rule also runs for real, with the oldest and
 * the newest installed Ansible. At full length all do, with every Ansible.
 */
export function describeTruthTable(title: string, situations: readonly Situation[]): void {
  const recorded = situations.flatMap((situation) =>
    recordingsOf(situation).map((recording) => ({ situation, ...recording })),
  );
  describe.runIf(recorded.length > 0)(`${title}, as recorded`, () => {
    for (const { situation, version, path } of recorded) {
      it.concurrent(`${situation.title} (${version})`, () => expectTruth(situation, { recorded: path }));
    }
  });
  const ansibles = atFullLength(ANSIBLES, { otherwise: OLDEST_AND_NEWEST });
  const real = atFullLength(situations, { otherwise: situations.filter(({ forReal }) => forReal === true) });
  describe.each(ansibles)(`${title}, with Ansible $version`, (ansible) => {
    // Each test has its own server, collector and process, and mostly waits for Ansible to start.
    for (const situation of real.filter((one) => suits(one, ansible))) {
      it.concurrent(situation.title, () => expectTruth(situation, { ansible }));
    }
  });
}

function suits({ since }: Situation, { version }: Ansible): boolean {
  return since === undefined || since.localeCompare(version, 'en', { numeric: true }) <= 0;
}

type Source = { readonly ansible: Ansible } | { readonly recorded: string };

async function expectTruth(situation: Situation, source: Source): Promise<void> {
  const scratch = new Scratch();
  const collector = await Collector.start(situation.known);
  try {
    const run = await check(situation, source, scratch, collector);
    const told = collector.reports.map((report) => summaryOf(report));
    expect(told, run.stderr).toMatchObject(
      situation.reports.map((report) => ({ repo: 'rsyslog', ...report })),
    );
    expect(run.exitCode, run.stderr).toBe(situation.exitCode);
    for (const words of situation.says ?? []) {
      expect(run.stderr).toContain(words);
    }
    if ('ansible' in source) {
      saveRecording(situation, source.ansible, scratch);
    }
  } finally {
    await collector.stop();
    scratch.remove();
  }
}

async function check(
  situation: Situation,
  source: Source,
  scratch: Scratch,
  collector: Collector,
): Promise<Run> {
  situation.prepare?.(scratch);
  scratch.write('repo/check.yml', playbookOf(situation).replaceAll('@ETC@', scratch.etc));
  if ('recorded' in source) {
    replay(source.recorded, scratch);
  } else if (process.env.GITOPS_TEST_RECORD === '1') {
    scratch.stub('ansible-playbook', KEEPING);
  }
  return runReporter(scratch, {
    args: [...(situation.options ?? []), '--', ...(situation.args ?? ['-i', 'lab,', '-c', 'local'])],
    bin: 'ansible' in source ? source.ansible.bin : undefined,
    env: {
      GITOPS_STATUS_SERVER_URL: collector.url,
      REPO_NAME: 'rsyslog',
      DRIFT_CHECK_PLAYBOOK: 'check.yml',
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
