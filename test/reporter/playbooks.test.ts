import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { atFullLength } from '../full-length.ts';
import { ANSIBLES, type Ansible } from './ansibles.ts';
import type { Report } from './collector.ts';
import { PLAYBOOKS, type Playbook } from './playbooks.ts';
import { KEEPING, recordingsOf, replay, saveRecording } from './recording.ts';
import { runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing } from './tools.ts';

const FOLDER = fileURLToPath(new URL('playbooks', import.meta.url));
const EXIT_CODES: Readonly<Record<string, number>> = { SYNCED: 0, OUT_OF_SYNC: 2, UNKNOWN: 1 };

type Moment = 'inSync' | 'drifted';

const titleOf = ({ name }: Playbook, moment: Moment) => ({ title: `playbook ${name} ${moment}` });

describe.skipIf(missing(CHECK_TOOLS))('playbooks as people write them', () => {
  const recorded = PLAYBOOKS.flatMap((playbook) =>
    (['inSync', 'drifted'] as const).flatMap((moment) =>
      recordingsOf(titleOf(playbook, moment)).map((recording) => ({ playbook, moment, ...recording })),
    ),
  );

  describe.runIf(recorded.length > 0)('as recorded', () => {
    for (const { playbook, moment, version, path } of recorded) {
      it.concurrent(`${playbook.name}, ${moment} (${version})`, async () => {
        const scratch = new Scratch();
        replay(path, scratch);
        await expectTold(playbook, moment, scratch);
        scratch.remove();
      });
    }
  });

  describe.each(atFullLength(ANSIBLES, { otherwise: [] }))('with Ansible $version', (ansible) => {
    for (const playbook of PLAYBOOKS.filter(({ since }) => isAtLeast(ansible, since))) {
      it.concurrent(playbook.name, () => runForReal(playbook, ansible));
    }
  });
});

function isAtLeast({ version }: Ansible, since: string | undefined): boolean {
  return since === undefined || since.localeCompare(version, 'en', { numeric: true }) <= 0;
}

async function runForReal(playbook: Playbook, ansible: Ansible): Promise<void> {
  const scratch = new Scratch();
  cpSync(join(FOLDER, playbook.name), scratch.repo, { recursive: true });
  const file = (name: string) => existsSync(join(scratch.repo, name));
  const run = async (command: string, args: readonly string[]) =>
    runReporter(scratch, { command, args, bin: ansible.bin, env: { ETC: scratch.etc } });
  if (file('prepare')) {
    expect(await run('bash', ['-eu', './prepare'])).toMatchObject({ exitCode: 0 });
  }
  if (!file('nodeploy')) {
    const deploy = await run('ansible-playbook', [...argumentsOf(scratch), 'site.yml']);
    expect(deploy.exitCode, deploy.stdout + deploy.stderr).toBe(0);
  }
  if (process.env.GITOPS_TEST_RECORD === '1') {
    scratch.stub('ansible-playbook', KEEPING);
  }
  await expectTold(playbook, 'inSync', scratch, ansible);
  if (playbook.drifted !== undefined) {
    await run('bash', ['-u', './drift']);
    await expectTold(playbook, 'drifted', scratch, ansible);
  }
  scratch.remove();
}

function argumentsOf(scratch: Scratch): readonly string[] {
  const path = join(scratch.repo, 'options');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split(' ') : ['-i', 'hosts.ini'];
}

async function expectTold(
  playbook: Playbook,
  moment: Moment,
  scratch: Scratch,
  ansible?: Ansible,
): Promise<void> {
  const right = playbook[moment];
  if (right === undefined) {
    return;
  }
  const { stdout, stderr, exitCode } = await runReporter(scratch, {
    args: ['--dry-run', '--', ...argumentsOf(scratch)],
    bin: ansible?.bin,
    env: {
      ETC: scratch.etc,
      REPO_NAME: 'r',
      DRIFT_CHECK_PLAYBOOK: 'site.yml',
      STRIP_PREFIX: `${scratch.etc}/`,
    },
  });
  const told = JSON.parse(stdout) as Report;
  expect(told, stderr).toMatchObject({ sync_status: right.status, ...right.more });
  if (right.files !== undefined) {
    expect(told.files.map(({ change, name }) => `${change} ${name}`)).toEqual(right.files);
  }
  expect(exitCode).toBe(EXIT_CODES[right.status]);
  if (ansible !== undefined) {
    saveRecording(titleOf(playbook, moment), ansible, scratch);
  }
}
