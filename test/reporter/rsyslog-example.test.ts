import { appendFileSync, chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Collector } from './collector.ts';
import { EXAMPLE, REPORTER, type Run, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing } from './tools.ts';

describe.skipIf(missing(CHECK_TOOLS))('the rsyslog example', () => {
  let scratch: Scratch;
  let collector: Collector;

  beforeAll(async () => {
    collector = await Collector.start();
    scratch = new Scratch();
    expect(await script('apply.sh')).toMatchObject({ exitCode: 0 });
  });
  beforeEach(() => collector.forget());
  afterAll(async () => {
    await collector.stop();
    scratch.remove();
  });

  async function script(
    name: string,
    args: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<Run> {
    return runReporter(scratch, {
      command: join(EXAMPLE, name),
      args,
      env: {
        DEPLOY_ROOT: scratch.root,
        GITOPS_STATUS_SERVER_URL: collector.url,
        GITOPS_STATUS_REPORTER: REPORTER,
        ...env,
      },
    });
  }

  /** The example as its own repo: no reporter two directories up. */
  function scratchCopy(): string {
    const copy = mkdtempSync(join(scratch.root, 'copy-'));
    cpSync(EXAMPLE, copy, { recursive: true });
    return copy;
  }

  it('is in sync after a deploy, drifts after a manual change, and is repaired by the next deploy', async () => {
    expect(await script('update-gitops-status.sh')).toMatchObject({ exitCode: 0 });
    expect(collector.reports).toMatchObject([
      { repo: 'rsyslog', server: 'rsyslog-lab', sync_status: 'SYNCED', drift_count: 0, files: [] },
    ]);

    appendFileSync(join(scratch.etc, 'rsyslog.conf'), '# tried something\n');
    rmSync(join(scratch.etc, 'rsyslog.d/30-lab.conf'));
    writeFileSync(join(scratch.etc, 'rsyslog.d/99-debug.conf'), '');
    chmodSync(join(scratch.etc, 'rsyslog.d'), 0o777);
    collector.forget();
    expect(await script('update-gitops-status.sh')).toMatchObject({ exitCode: 2 });
    expect(collector.reports).toMatchObject([
      { server: 'rsyslog-lab', sync_status: 'OUT_OF_SYNC', drift_count: 4 },
    ]);
    expect(collector.reports[0]?.files.map(({ name, change }) => `${change} ${name}`)).toEqual([
      'content rsyslog.conf',
      'attributes rsyslog.d',
      'missing rsyslog.d/30-lab.conf',
      'extra rsyslog.d/99-debug.conf',
    ]);

    expect(await script('apply.sh')).toMatchObject({ exitCode: 0 });
    collector.forget();
    expect(await script('update-gitops-status.sh')).toMatchObject({ exitCode: 0 });
    expect(collector.reports).toMatchObject([{ sync_status: 'SYNCED' }]);
  });

  it('reports under SERVER_NAME, whatever the inventory calls the host', async () => {
    await script('update-gitops-status.sh', [], { SERVER_NAME: 'log-01.example' });
    expect(collector.reports).toMatchObject([{ server: 'log-01.example' }]);
  });

  it('passes the local test of the migration as it is written, in a copy with the reporter in scripts/', async () => {
    const copy = scratchCopy();
    mkdirSync(join(copy, 'scripts/callback_plugins'), { recursive: true });
    for (const name of ['gitops_status_reporter.py', 'callback_plugins/gitops_status.py']) {
      cpSync(join(REPORTER, '..', name), join(copy, 'scripts', name));
    }
    const written = [
      `export GITOPS_STATUS_SERVER_URL="${collector.url}"`,
      'export REPO_NAME="rsyslog"',
      'export SERVER_NAME="rsyslog-lab"',
      './update-gitops-status.sh',
    ];
    const run = await runReporter(scratch, {
      command: 'sh',
      args: ['-c', written.join('\n')],
      cwd: copy,
      env: { DEPLOY_ROOT: scratch.root },
    });
    expect(run.stderr).toContain('rsyslog on rsyslog-lab: SYNCED');
    expect(run.exitCode).toBe(0);
    expect(collector.reports).toMatchObject([
      { repo: 'rsyslog', server: 'rsyslog-lab', sync_status: 'SYNCED', drift_count: 0, files: [] },
    ]);
  });

  it('says what to copy if the reporter is missing', async () => {
    const run = await runReporter(scratch, {
      command: join(scratchCopy(), 'update-gitops-status.sh'),
      env: { DEPLOY_ROOT: scratch.root, GITOPS_STATUS_SERVER_URL: collector.url },
    });
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain('scripts/gitops_status_reporter.py is missing');
  });

  it('is read without its ansible.cfg if ANSIBLE_INVENTORY names the inventory', async () => {
    const copy = scratchCopy();
    rmSync(join(copy, 'ansible.cfg'));
    const check = (env: Record<string, string>) =>
      runReporter(scratch, {
        command: join(copy, 'update-gitops-status.sh'),
        args: ['--dry-run'],
        env: { DEPLOY_ROOT: scratch.root, GITOPS_STATUS_REPORTER: REPORTER, ...env },
      });
    expect((await check({})).stdout).not.toContain('"SYNCED"');
    const run = await check({ ANSIBLE_INVENTORY: 'ansible/inventory/hosts.yml' });
    expect(JSON.parse(run.stdout)).toMatchObject({ server: 'rsyslog-lab', sync_status: 'SYNCED' });
  });

  it('refuses to deploy with the drift check', async () => {
    const run = await runReporter(scratch, {
      command: 'ansible-playbook',
      args: ['ansible/playbooks/drift-check.yml'],
      cwd: EXAMPLE,
      env: { DEPLOY_ROOT: join(scratch.root, 'untouched') },
    });
    expect(run.exitCode).toBe(2);
    expect(run.stdout).toContain('to deploy there is apply.sh');
  });
});
