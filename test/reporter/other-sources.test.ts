import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { someOf } from '../full-length.ts';
import { type Answer, Collector } from './collector.ts';
import { OTHER_TOOLS, type OtherTool } from './other-tools.ts';
import { outcomeOf, type Run, type RunOptions, startReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { missing, REPORTER_TOOLS } from './tools.ts';

/** Longer than the reporter waits: the report is kept at once. */
const DOWN: Answer = { kind: 'status', status: 503, headers: { 'retry-after': '600' } };
const TOKEN = 'a-token-that-no-tool-sees';

let collector: Collector;
let scratch: Scratch;

beforeAll(async () => {
  collector = await Collector.start();
});
beforeEach(() => {
  collector.forget();
  collector.asked.length = 0;
  collector.known = undefined;
  scratch = new Scratch();
  scratch.write('repo/.git/HEAD', '');
});
afterEach(() => scratch.remove());
afterAll(() => collector.stop());

function start(options: RunOptions): { child: ChildProcess; outcome: Promise<Run> } {
  const env = {
    GITOPS_STATUS_SERVER_URL: collector.url,
    GITOPS_STATUS_TOKEN: TOKEN,
    GITOPS_STATUS_SPOOL: join(scratch.root, 'spool'),
    REPO_NAME: 'lab',
    ...options.env,
  };
  const child = startReporter(scratch, { ...options, env });
  return { child, outcome: outcomeOf(child) };
}

async function says(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve) => {
    let heard = '';
    child.stderr?.on('data', (text: string) => {
      heard += text;
      if (heard.includes(words)) resolve();
    });
  });
}

function kept(): string[] {
  const spool = join(scratch.root, 'spool');
  return existsSync(spool)
    ? readdirSync(spool, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
    : [];
}

for (const other of OTHER_TOOLS) {
  describe.skipIf(missing([...REPORTER_TOOLS, ...(other.needs ?? [])]))(`a check by ${other.source}`, () => {
    const { server, check } = other;

    it('without a finding is SYNCED: posted, exit code 0', async () => {
      other.put(scratch, 'nothing');
      const { exitCode, stderr } = await start({ args: argsOf(other) }).outcome;
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain(`recorded ${server}`);
      expect(collector.reports).toMatchObject([
        { repo: 'lab', server, check, tool: other.tool, sync_status: 'SYNCED', drift_count: 0, files: [] },
      ]);
      expect(collector.reports[0]?.duration_ms).toEqual(expect.any(Number));
    });

    it('with drift names it: exit code 2', async () => {
      other.put(scratch, 'drift');
      const { exitCode, stderr } = await start({ args: argsOf(other) }).outcome;
      expect(exitCode, stderr).toBe(2);
      expect(collector.reports).toMatchObject([{ server, check, sync_status: 'OUT_OF_SYNC' }]);
      const files = collector.reports[0]?.files ?? [];
      expect(files.length).toBeGreaterThan(0);
      expect(collector.reports[0]?.drift_count).toBe(files.length);
      for (const entry of other.drifted) expect(files).toContainEqual(expect.objectContaining(entry));
    });

    it('that cannot tell is UNKNOWN: exit code 1, or 0 with --always-zero', async () => {
      other.put(scratch, 'trouble');
      expect(await start({ args: argsOf(other) }).outcome).toMatchObject({ exitCode: 1 });
      expect(await start({ args: argsOf(other, '--always-zero') }).outcome).toMatchObject({ exitCode: 0 });
      const told = { server, check, sync_status: 'UNKNOWN', error_kind: other.trouble };
      expect(collector.reports).toMatchObject([told, told]);
    });
  });
}

// The same code does this for every source.
for (const other of someOf(OTHER_TOOLS, 2)) {
  describe.skipIf(missing([...REPORTER_TOOLS, ...(other.needs ?? [])]))(
    `any check, as by ${other.source},`,
    () => {
      const { server, check } = other;

      it('takes its names and labels from the environment', async () => {
        other.put(scratch, 'nothing');
        const env = {
          SERVER_NAME: 'mine',
          GITOPS_STATUS_CHECK: 'of my own',
          GITOPS_STATUS_LABELS: 'team=ops\nenv=group:env_',
          EXPECTED_INTERVAL: '600',
        };
        const { exitCode, stderr } = await start({ args: argsOf(other), env }).outcome;
        expect(exitCode, stderr).toBe(0);
        expect(collector.reports).toMatchObject([
          { server: 'mine', check: 'of my own', labels: { team: 'ops' }, expected_interval_s: 600 },
        ]);
        expect(stderr).toContain('GITOPS_STATUS_LABELS: env left out');
      });

      it('with --dry-run only prints the report, and sends nothing', async () => {
        other.put(scratch, 'drift');
        const { exitCode, stdout } = await start({ args: argsOf(other, '--dry-run') }).outcome;
        expect(exitCode).toBe(2);
        expect(JSON.parse(stdout)).toMatchObject({ server, check, sync_status: 'OUT_OF_SYNC' });
        expect(collector.received).toEqual([]);
      });

      it('does not show the token to its tool', async () => {
        other.put(scratch, 'nothing');
        await start({ args: argsOf(other) }).outcome;
        const seen = readFileSync(join(scratch.root, 'seen'), 'utf8');
        expect(seen).toContain('REPO_NAME=lab');
        expect(seen).not.toContain(TOKEN);
        expect(collector.received[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
      });

      it('keeps what the server does not accept, and delivers it before the next report', async () => {
        other.put(scratch, 'drift');
        collector.willAnswer(DOWN);
        expect(await start({ args: argsOf(other) }).outcome).toMatchObject({ exitCode: 1 });
        expect(kept()).toHaveLength(1);
        collector.forget();
        other.put(scratch, 'nothing');
        expect(await start({ args: argsOf(other) }).outcome).toMatchObject({ exitCode: 0 });
        expect(collector.reports.map((report) => report.sync_status)).toEqual(['OUT_OF_SYNC', 'SYNCED']);
        expect(kept()).toEqual([]);
      });

      it.each(someOf<NodeJS.Signals>(['SIGTERM', 'SIGINT', 'SIGHUP'], 1))(
        'ended by %s says UNKNOWN, ends its tool, and keeps the report if no server answers',
        async (signal) => {
          other.put(scratch, 'endless');
          collector.willAnswer(DOWN);
          const { child, outcome } = start({ args: argsOf(other) });
          await says(child, 'the check runs');
          child.kill(signal);
          expect(await outcome).toMatchObject({ exitCode: 1 });
          expect(existsSync(join(scratch.root, 'check-ended'))).toBe(true);
          const error = `the check was interrupted by ${signal}`;
          expect(collector.reports).toMatchObject([
            { server, check, sync_status: 'UNKNOWN', error_kind: 'not_processed', error },
          ]);
          expect(kept()).toHaveLength(1);
          expect(readdirSync(scratch.root).filter((name) => /^gitops-status|^tmp/.test(name))).toEqual([]);
        },
      );

      it('that takes too long is ended, and UNKNOWN', async () => {
        other.put(scratch, 'endless');
        const env = { DRIFT_CHECK_TIMEOUT: '1' };
        expect(await start({ args: argsOf(other), env }).outcome).toMatchObject({ exitCode: 1 });
        expect(collector.reports).toMatchObject([{ server, sync_status: 'UNKNOWN', error_kind: 'timeout' }]);
      });
    },
  );
}

describe.skipIf(missing(REPORTER_TOOLS))('a source other than Ansible', () => {
  const COMMAND = ['command', '--in-sync', '0', '--drift', '2', '--', './check.sh'];

  it.each([
    { args: ['terraform', '--', '-target=x'], why: '-target is refused' },
    { args: ['terraform', '--chdir', 'nowhere'], why: '--chdir: nowhere is not a directory' },
    { args: ['puppet', '--', 'apply', '--tags=x', 'site.pp'], why: '--tags is refused' },
    { args: ['salt', '--', 'lab', 'test=False'], why: 'test=False is refused' },
    { args: ['command', '--', 'true'], why: 'No exit code has a meaning' },
    { args: ['command', '--in-sync', '124', '--', 'true'], why: 'cannot take 124' },
    { args: ['command', '--in-sync'], why: '--in-sync: expected one argument' },
    { args: ['command', '--in-sync', '0', '--drfit', '2', '--', 'true'], why: 'unknown argument: --drfit' },
    {
      args: [...COMMAND.slice(0, 1), '--explain', ...COMMAND.slice(1)],
      why: '--explain works only for Ansible',
    },
  ])('runs nothing and posts nothing if its arguments prove nothing: $args', async ({ args, why }) => {
    for (const tool of ['terraform', 'puppet', 'salt-call']) scratch.stub(tool, 'touch "$TMPDIR/ran"');
    const { exitCode, stderr } = await start({ args, env: { SERVER_NAME: 'lab' } }).outcome;
    expect(exitCode).toBe(1);
    expect(stderr).toContain(why);
    expect(existsSync(join(scratch.root, 'ran'))).toBe(false);
    expect(collector.received).toEqual([]);
  });

  it('never reports from a pull request', async () => {
    scratch.write('repo/check.sh', '#!/bin/sh\nexit 2\n', 0o755);
    const env = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request' };
    expect(await start({ args: COMMAND, env }).outcome).toMatchObject({ exitCode: 2 });
    expect(collector.received).toEqual([]);
  });

  it('names at most 5,000 things, and counts them all', async () => {
    scratch.write('repo/check.sh', '#!/bin/sh\nseq 1 6000 >names\nexit 2\n', 0o755);
    const args = ['command', '--drift', '2', '--names', 'names', '--', './check.sh'];
    expect(await start({ args }).outcome).toMatchObject({ exitCode: 2 });
    expect(collector.reports).toMatchObject([{ drift_count: 6000, files_omitted: 1000 }]);
    expect(collector.reports[0]?.files).toHaveLength(5000);
  });

  it('cuts STRIP_PREFIX from paths, but never makes two things one', async () => {
    const script = '#!/bin/sh\nprintf "%s\\n" /etc/motd /etc/nginx nginx >names\nexit 2\n';
    scratch.write('repo/check.sh', script, 0o755);
    const args = ['command', '--drift', '2', '--names', 'names', '--', './check.sh'];
    await start({ args }).outcome;
    expect(collector.reports[0]?.files).toEqual([
      { name: 'motd', path: '/etc/motd' },
      { name: '/etc/nginx' },
      { name: 'nginx' },
    ]);
  });

  it('that cannot start its tool still handles a signal, and sends its last report', async () => {
    collector.willAnswer({ kind: 'silence' });
    const arrival = collector.arrival();
    const { child, outcome } = start({ args: COMMAND });
    await arrival;
    child.kill('SIGTERM');
    const { exitCode, stderr } = await outcome;
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain('trying again');
    const told = { sync_status: 'UNKNOWN', error_kind: 'not_started' };
    expect(collector.reports).toMatchObject([told, told]);
  });

  it('interrupted before its targets are known reports those that this check has reported before', async () => {
    scratch.stub('salt', 'echo the check runs >&2; sleep 60 & wait');
    collector.known = [
      { repo: 'lab', server: 'web-1', check: 'salt highstate' },
      { repo: 'lab', server: 'web-2', check: 'another' },
    ];
    const { child, outcome } = start({ args: ['salt', '--minions', 'web-*', '--'] });
    await says(child, 'the check runs');
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ exitCode: 1 });
    expect(collector.reports).toMatchObject([
      { server: 'web-1', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
    ]);
  });

  it.each([{}, { GITOPS_STATUS_ERROR_TEXT: 'full' }])(
    "sends the tool's own messages only if asked for: %o",
    async (env) => {
      scratch.write('repo/main.tf', '');
      const say = "echo 'Error: no access, token=hunter2' >&2; exit 1";
      scratch.stub('terraform', `[ "$1" = show ] && exit 1\n${say}`);
      await start({ args: ['terraform'], env }).outcome;
      const error = String(collector.reports[0]?.error);
      expect(error.includes('no access, token=***')).toBe('GITOPS_STATUS_ERROR_TEXT' in env);
      expect(collector.received[0]?.body).not.toContain('hunter2');
    },
  );
});

/** `reporter SOURCE [OPTIONS OF EVERY SOURCE] [ITS OWN] -- …` */
function argsOf({ source, args }: OtherTool, ...options: string[]): string[] {
  return [source, ...options, ...args];
}
