import { appendFileSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
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

  it('is in sync after a deploy, drifts where somebody touches it, and is repaired by the next deploy', async () => {
    expect(await script('drift-check.sh')).toMatchObject({ exitCode: 0 });
    expect(collector.reports).toMatchObject([
      { repo: 'rsyslog', server: 'rsyslog-lab', sync_status: 'SYNCED', drift_count: 0, files: [] },
    ]);

    appendFileSync(join(scratch.etc, 'rsyslog.conf'), '# tried something\n');
    rmSync(join(scratch.etc, 'rsyslog.d/30-lab.conf'));
    writeFileSync(join(scratch.etc, 'rsyslog.d/99-debug.conf'), '');
    chmodSync(join(scratch.etc, 'rsyslog.d'), 0o777);
    collector.forget();
    expect(await script('drift-check.sh')).toMatchObject({ exitCode: 2 });
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
    expect(await script('drift-check.sh')).toMatchObject({ exitCode: 0 });
    expect(collector.reports).toMatchObject([{ sync_status: 'SYNCED' }]);
  });

  it('reports under SERVER_NAME, whatever the inventory calls the host', async () => {
    await script('drift-check.sh', [], { SERVER_NAME: 'log-01.example' });
    expect(collector.reports).toMatchObject([{ server: 'log-01.example' }]);
  });

  it('refuses to deploy by way of the drift check', async () => {
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
