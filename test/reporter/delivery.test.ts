import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLEAN, cannedCheck, DRIFTED, FAILED, observations } from './canned-check.ts';
import { type Answer, Collector } from './collector.ts';
import { type RunOptions, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { missing, REPORTER_TOOLS } from './tools.ts';

const UNAVAILABLE: Answer = { kind: 'status', status: 503 };

describe.skipIf(missing(REPORTER_TOOLS))('delivery', () => {
  let collector: Collector;
  let scratch: Scratch;

  beforeAll(async () => {
    collector = await Collector.start();
  });
  beforeEach(() => {
    collector.forget();
    scratch = new Scratch();
    cannedCheck(scratch, observations({ lab: CLEAN }));
  });
  afterEach(() => scratch.remove());
  afterAll(() => collector.stop());

  async function report(options: RunOptions = {}) {
    const env = { GITOPS_STATUS_SERVER_URL: collector.url, REPO_NAME: 'rsyslog', ...options.env };
    return runReporter(scratch, { ...options, env });
  }

  function kept(): string[] {
    const state = join(scratch.home, '.local/state/gitops-status');
    return existsSync(state)
      ? readdirSync(state, { recursive: true, encoding: 'utf8' }).filter(isReport)
      : [];
  }

  describe('what arrives', () => {
    it('is an object for one report', async () => {
      expect(await report()).toMatchObject({ exitCode: 0 });
      expect(collector.received).toMatchObject([
        { method: 'POST', path: '/api/v1/reports', headers: { 'content-type': 'application/json' } },
      ]);
      expect(JSON.parse(collector.received[0]?.body ?? '')).toMatchObject({ repo: 'rsyslog', server: 'lab' });
    });

    it('is an array for several', async () => {
      cannedCheck(scratch, observations({ a: CLEAN, b: DRIFTED }));
      expect(await report()).toMatchObject({ exitCode: 2 });
      expect(collector.received).toHaveLength(1);
      expect(JSON.parse(collector.received[0]?.body ?? '')).toMatchObject([{ server: 'a' }, { server: 'b' }]);
    });

    it('is split if the server would not accept it in one request', async () => {
      const fleet = Array.from({ length: 1001 }, (_, index) => [`host-${index}`, CLEAN] as const);
      cannedCheck(scratch, observations(Object.fromEntries(fleet)));
      expect(await report()).toMatchObject({ exitCode: 0 });
      expect(collector.received.map(({ body }) => body.startsWith('['))).toEqual([true, false]);
      expect(collector.reports).toHaveLength(1001);
    });
  });

  describe('a server with problems', () => {
    it('is tried again, with growing pauses, and gets the same report', async () => {
      collector.willAnswer(UNAVAILABLE, { kind: 'hang-up' }, { kind: 'status', status: 429 });
      expect(await report()).toMatchObject({ exitCode: 0 });
      expect(new Set(collector.received.map(({ body }) => body)).size).toBe(1);
      expect(collector.received).toHaveLength(4);
      expect(kept()).toEqual([]);
    });
  });

  describe('a refusal', () => {
    it.each([409, 413, 422])('of one report (%i) does not lose the others of its request', async (status) => {
      cannedCheck(scratch, observations({ a: CLEAN, b: CLEAN, c: CLEAN, d: CLEAN }));
      const refused: Answer = { kind: 'status', status };
      // All four, a and b, a, b, then c and d.
      collector.willAnswer(refused, refused, refused, { kind: 'receipt' }, { kind: 'receipt' });
      expect(await report()).toMatchObject({ exitCode: 1 });
      const sent = collector.received.map(({ body }) =>
        [JSON.parse(body)].flat().map(({ server }) => server),
      );
      expect(sent).toEqual([['a', 'b', 'c', 'd'], ['a', 'b'], ['a'], ['b'], ['c', 'd']]);
      expect(kept()).toEqual([]);
    });

    it('by another check (409) is final, and says how to go on', async () => {
      collector.willAnswer({
        kind: 'status',
        status: 409,
        body: '{"detail": "the check \\"old.yml\\" does"}',
      });
      const { exitCode, stderr } = await report({ env: { DRIFT_CHECK_PLAYBOOK: 'new.yml' } });
      expect(exitCode).toBe(1);
      for (const words of ['"old.yml"', '"new.yml"', 'GITOPS_STATUS_CHECK=OLD', '--take-over']) {
        expect(stderr).toContain(words);
      }
      expect(kept()).toEqual([]);
      await report({ args: ['--take-over'], env: { DRIFT_CHECK_PLAYBOOK: 'new.yml' } });
      expect(collector.reports.at(-1)).toMatchObject({ check: 'new.yml', takes_over: true });
    });

    it('of the report is final: its reasons are printed, nothing is kept', async () => {
      const problem = {
        title: 'Invalid report',
        detail: 'drift_count must not be negative',
        errors: [{ pointer: '/drift_count', detail: 'too small' }],
      };
      collector.willAnswer({ kind: 'status', status: 422, body: JSON.stringify(problem) });
      const { exitCode, stderr } = await report();
      expect(exitCode).toBe(1);
      for (const reason of ['422', problem.title, problem.detail, '/drift_count too small']) {
        expect(stderr).toContain(reason);
      }
      expect(collector.received).toHaveLength(1);
      expect(kept()).toEqual([]);
    });

    it.each([401, 403, 404, 302])(
      'with %i means a wrong address or token: it is not tried again, but kept',
      async (status) => {
        collector.willAnswer({ kind: 'status', status, headers: { location: '/login' } });
        expect(await report()).toMatchObject({ exitCode: 1 });
        expect(collector.received).toHaveLength(1);
        expect(kept()).toHaveLength(1);
      },
    );

    it.each(['<html>Log in</html>', '', '{"status":"ok"}', '[]'])(
      'may look like success: 200 %s',
      async (body) => {
        collector.willAnswer({ kind: 'status', status: 200, body });
        const { exitCode, stderr } = await report();
        expect(exitCode).toBe(1);
        expect(stderr).toContain('not like a gitops-status-server');
        expect(kept()).toHaveLength(1);
      },
    );
  });

  describe('the exit code', () => {
    it.each([
      { found: 'everything in sync', hosts: { a: CLEAN, b: CLEAN }, rc: 0, code: 0 },
      { found: 'drift', hosts: { a: CLEAN, b: DRIFTED }, rc: 0, code: 2 },
      { found: 'a failure', hosts: { a: CLEAN, b: FAILED }, rc: 2, code: 1 },
      { found: 'a failure and drift', hosts: { a: DRIFTED, b: FAILED }, rc: 2, code: 1 },
    ])('is $code for $found, and 0 with --always-zero', async ({ hosts, rc, code }) => {
      cannedCheck(scratch, observations(hosts), rc);
      expect(await report()).toMatchObject({ exitCode: code });
      expect(await report({ args: ['--always-zero'] })).toMatchObject({ exitCode: 0 });
      expect(collector.reports).toHaveLength(4);
    });

    it('is 1 if drift could not be delivered, and 0 with --always-zero', async () => {
      cannedCheck(scratch, observations({ lab: DRIFTED }));
      const refused: Answer = { kind: 'status', status: 422 };
      collector.willAnswer(refused, refused);
      expect(await report()).toMatchObject({ exitCode: 1 });
      expect(await report({ args: ['--always-zero'] })).toMatchObject({ exitCode: 0 });
    });

    it.each([
      { recorded: 'new', change: 'first', code: 2 },
      { recorded: 'new', change: 'changed', code: 2 },
      { recorded: 'new', change: 'late', code: 2 },
      { recorded: 'new', change: 'unchanged', code: 0 },
      { recorded: 'duplicate', change: 'unchanged', code: 2 },
    ])(
      'with --fail-on change is $code for drift that is $change ($recorded)',
      async ({ recorded, change, code }) => {
        cannedCheck(scratch, observations({ lab: DRIFTED }));
        collector.willAnswer({ kind: 'receipt', recorded, change });
        expect(await report({ args: ['--fail-on', 'change'] })).toMatchObject({ exitCode: code });
      },
    );

    it('with --fail-on change is still 1 for a check that failed', async () => {
      cannedCheck(scratch, observations({ lab: FAILED }), 2);
      collector.willAnswer({ kind: 'receipt', change: 'unchanged' });
      expect(await report({ args: ['--fail-on=change'] })).toMatchObject({ exitCode: 1 });
    });

    it('is 1 for a mistake in the settings, which is named, and nothing runs', async () => {
      scratch.stub('ansible-playbook', 'touch ran');
      const mistakes = [
        { env: { GITOPS_STATUS_SERVER_URL: '' }, says: 'GITOPS_STATUS_SERVER_URL' },
        { env: { GITOPS_STATUS_SERVER_URL: 'ftp://x' }, says: 'GITOPS_STATUS_SERVER_URL' },
        { env: { REPO_NAME: '-x' }, says: 'REPO_NAME' },
        { env: { SERVER_NAME: 'a b' }, says: 'SERVER_NAME' },
        { env: { DRIFT_CHECK_TIMEOUT: '5m' }, says: 'DRIFT_CHECK_TIMEOUT' },
        { env: { EXPECTED_INTERVAL: '0' }, says: 'EXPECTED_INTERVAL' },
        { env: { DRIFT_SOURCE: 'jsonl' }, says: 'the callback plugin is the only source' },
        { env: { SHOW_DIFF: '1' }, says: 'GITOPS_STATUS_SHOW_DIFF' },
        { env: { GITOPS_STATUS_LABELS: 'Team=x' }, says: 'GITOPS_STATUS_LABELS' },
        { env: { GITOPS_STATUS_ERROR_TEXT: 'all' }, says: 'GITOPS_STATUS_ERROR_TEXT' },
        { env: { GITOPS_STATUS_TOKEN: 'a\nb' }, says: 'token' },
        { args: ['--limit', 'lab'], says: 'after --' },
        { args: ['--fail-on'], says: '--fail-on' },
      ];
      for (const { says, ...options } of mistakes) {
        const { exitCode, stderr } = await report(options);
        expect([exitCode, stderr]).toEqual([1, expect.stringContaining(says)]);
      }
      expect(existsSync(join(scratch.repo, 'ran'))).toBe(false);
      expect(collector.received).toEqual([]);
    });
  });

  it('is not set by --dry-run, which only prints the JSON', async () => {
    cannedCheck(scratch, observations({ a: CLEAN, b: DRIFTED }));
    const { exitCode, stdout } = await report({ args: ['--dry-run'], env: { GITOPS_STATUS_SERVER_URL: '' } });
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject([{ server: 'a' }, { server: 'b' }]);
    expect(collector.received).toEqual([]);
  });

  it('does not change arguments after --, which go to ansible-playbook', async () => {
    scratch.stub('ansible-playbook', `printf '%s\\n' "$@" >'${scratch.root}/arguments'`);
    await report({ args: ['--', '--limit', 'a b', '*'], env: { DRIFT_CHECK_PLAYBOOK: 'my check.yml' } });
    const passed = readFileSync(join(scratch.root, 'arguments'), 'utf8').trim().split('\n');
    expect(passed).toEqual(['--check', '--diff', 'my check.yml', '--limit', 'a b', '*']);
  });
});

function isReport(name: string): boolean {
  return name.endsWith('.json');
}
