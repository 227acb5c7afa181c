import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { SHIPPED_MAIN } from '../e2e/shipped-program.ts';
import { EXAMPLE, REPORTER, type Run, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { pipelineOf, runStep, stepOf, stepsOn } from './woodpecker.ts';

const TARGET = 'repo=rsyslog&server=rsyslog-lab';

describe.skipIf(missing([...CHECK_TOOLS, 'curl']))('after the rollback plan, the former pipeline', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = new Scratch();
    scratch.stub('apt-get', 'exit 0');
    cpSync(EXAMPLE, scratch.repo, { recursive: true });
    expect(await runScript('apply.sh')).toMatchObject({ exitCode: 0 });
  });
  afterEach(() => scratch.remove());

  const runScript = (name: string, env: Record<string, string> = {}): Promise<Run> =>
    runReporter(scratch, {
      command: join(scratch.repo, name),
      env: { DEPLOY_ROOT: scratch.root, GITOPS_STATUS_REPORTER: REPORTER, ...env },
    });

  /** The three steps of the plan; each test gives the third, the variable. */
  function rollBack(): void {
    copyFileSync(join(scratch.repo, '.woodpecker.pushgateway.yml'), join(scratch.repo, '.woodpecker.yml'));
    rmSync(join(scratch.repo, 'update-gitops-status.sh'));
  }

  function pipeline() {
    return pipelineOf(readFileSync(join(scratch.repo, '.woodpecker.yml'), 'utf8'));
  }

  const runNamed = (name: string, pushgateway: string) =>
    runStep(scratch, stepOf(pipeline(), name), { DEPLOY_ROOT: scratch.root, PUSHGATEWAY_URL: pushgateway });

  const drift = () => appendFileSync(join(scratch.etc, 'rsyslog.conf'), '# somebody was here\n');

  it('runs its steps on the same events', () => {
    rollBack();
    const on = (event: string, cron?: string) =>
      stepsOn(pipeline(), { event, branch: 'master', ...(cron && { cron }) });
    expect(on('push')).toEqual(['validate', 'deploy', 'update-sync-metric']);
    expect(on('cron', 'gitops-sync-check')).toEqual(['gitops_sync_check']);
    expect(on('manual')).toEqual(['gitops_sync_check']);
  });

  describe.skipIf(missing(['prometheus-pushgateway']))('with a real Pushgateway', () => {
    let gateway: Pushgateway;

    beforeEach(async () => {
      gateway = await startPushgateway();
    });
    afterEach(() => gateway.stop());

    it('deploys, pushes the truth, and fails on drift after it was pushed', async () => {
      rollBack();
      expect(await runNamed('validate', gateway.url)).toMatchObject({ exitCode: 0 });
      expect(await runNamed('deploy', gateway.url)).toMatchObject({ exitCode: 0 });
      expect(await runNamed('update-sync-metric', gateway.url)).toMatchObject({ exitCode: 0 });
      expect(await gateway.value()).toBe('1');
      drift();
      expect(await runNamed('update-sync-metric', gateway.url)).toMatchObject({ exitCode: 0 });
      expect(await gateway.value()).toBe('0');
      await runNamed('deploy', gateway.url);
      expect(await runNamed('gitops_sync_check', gateway.url)).toMatchObject({ exitCode: 0 });
      expect(await gateway.value()).toBe('1');
      drift();
      expect(await runNamed('gitops_sync_check', gateway.url)).toMatchObject({ exitCode: 2 });
      expect(await gateway.value()).toBe('0');
    });

    it('does not leave a 1 if the check could not be completed', async () => {
      rollBack();
      await runNamed('gitops_sync_check', gateway.url);
      rmSync(join(scratch.repo, 'files/rsyslog.conf'));
      expect(await runNamed('gitops_sync_check', gateway.url)).toMatchObject({ exitCode: 1 });
      expect(await gateway.value()).toBe('0');
    });
  });

  it('fails if no server answers', async () => {
    rollBack();
    const { exitCode } = await runNamed('gitops_sync_check', 'http://127.0.0.1:1');
    expect(exitCode).not.toBe(0);
  });

  describe('with the push endpoint of this server', () => {
    let server: ServerProcess;

    beforeEach(async () => {
      server = await ServerProcess.start(join(scratch.root, 'status.db'));
    });
    afterEach(() => server.stop());

    const ask = (path: string, token = '', method = 'GET') =>
      fetch(`${server.url}${path}`, {
        method,
        headers: token === '' ? {} : { Authorization: `Bearer ${token}` },
      });

    async function state(token = ''): Promise<unknown> {
      return (await ask('/status.json', token)).json();
    }

    it('pushes without tokens after the target was deleted: until then the reporter speaks for it', async () => {
      await runScript('update-gitops-status.sh', {
        GITOPS_STATUS_SERVER_URL: server.url,
        SERVER_NAME: 'rsyslog-lab',
      });
      expect(await state()).toMatchObject([{ server: 'rsyslog-lab', state: 'SYNCED' }]);
      rollBack();
      drift();
      const refused = await runNamed('gitops_sync_check', server.url);
      expect(refused.exitCode).toBe(22);
      expect(refused.stdout).toContain('409');

      expect((await ask(`/api/v1/targets?${TARGET}`, '', 'DELETE')).ok).toBe(true);
      expect(await runNamed('gitops_sync_check', server.url)).toMatchObject({ exitCode: 2 });
      expect(await state()).toMatchObject([{ server: 'rsyslog-lab', state: 'OUT_OF_SYNC' }]);
      await runNamed('deploy', server.url);
      expect(await runNamed('update-sync-metric', server.url)).toMatchObject({ exitCode: 0 });
      expect(await state()).toMatchObject([{ server: 'rsyslog-lab', state: 'SYNCED' }]);
    });

    it('pushes with a token as the password in PUSHGATEWAY_URL', async () => {
      const token = tokenFor('woodpecker', '--scope', 'report', '--repo', 'rsyslog');
      const reader = tokenFor('grafana', '--scope', 'read');
      await expect.poll(async () => (await ask('/status.json')).status).toBe(401);
      rollBack();
      drift();
      const refused = await runNamed('gitops_sync_check', server.url);
      expect(refused.exitCode).toBe(22);
      expect(await state(reader)).toEqual([]);

      const withToken = server.url.replace('//', `//ci:${token}@`);
      const run = await runNamed('gitops_sync_check', withToken);
      expect(run.exitCode).toBe(2);
      expect(run.stdout + run.stderr).not.toContain(token);
      expect(await state(reader)).toMatchObject([{ server: 'rsyslog-lab', state: 'OUT_OF_SYNC' }]);
    });

    function tokenFor(...args: readonly string[]): string {
      const made = spawnSync(process.execPath, [SHIPPED_MAIN, 'token', 'create', ...args], {
        env: { PATH: process.env.PATH, DATABASE_URL: `sqlite:${join(scratch.root, 'status.db')}` },
        encoding: 'utf8',
      });
      expect(made).toMatchObject({ status: 0 });
      return made.stdout.trim();
    }
  });
});

type Pushgateway = {
  readonly url: string;
  value(): Promise<string | undefined>;
  stop(): Promise<unknown>;
};

async function startPushgateway(): Promise<Pushgateway> {
  const child = spawn('prometheus-pushgateway', ['--web.listen-address=127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const address = await addressOf(child);
  const url = `http://${address}`;
  return {
    url,
    value: async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return /^gitops_sync_status\{.*repo="rsyslog",server="rsyslog-lab"\} (.*)$/m.exec(text)?.[1];
    },
    stop: () => {
      const closed = once(child, 'close');
      child.kill();
      return closed;
    },
  };
}

/** The port that it got, from its log. */
async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error('its log is piped');
  for await (const line of createInterface({ input: child.stderr })) {
    const address = /(127\.0\.0\.1:[1-9]\d*)/.exec(line)?.[1];
    if (address !== undefined) {
      child.stderr.resume();
      return address;
    }
  }
  throw new Error('prometheus-pushgateway did not start');
}
