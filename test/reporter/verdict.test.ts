import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLEAN, cannedCheck, DRIFTED, FAILED, observations } from './canned-check.ts';
import type { Report } from './collector.ts';
import { runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { missing, REPORTER_TOOLS } from './tools.ts';

describe.skipIf(missing(REPORTER_TOOLS))('the verdict on a check', () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
  });
  afterEach(() => scratch.remove());

  async function verdict(observed: string, exitCode = 0, env: Record<string, string> = {}) {
    cannedCheck(scratch, observed, exitCode);
    const run = await runReporter(scratch, {
      args: ['--dry-run'],
      env: { REPO_NAME: 'rsyslog', SERVER_NAME: 'lab', ...env },
    });
    return { ...run, report: JSON.parse(run.stdout) as Report };
  }

  it.each([
    { what: 'is missing, although Ansible succeeded', observed: '', rc: 0, kind: 'parse' },
    { what: 'is no JSON', observed: '{"e": "sta', rc: 0, kind: 'parse' },
    {
      what: 'is of another format',
      observed: observations({ lab: CLEAN }, { start: { format: 3 } }),
      rc: 0,
      kind: 'parse',
    },
    {
      what: 'makes no sense',
      observed: `${observations({ lab: CLEAN })}{"e": "result", "host": "lab"}\n`,
      rc: 0,
      kind: 'parse',
    },
    { what: 'stops half-way', observed: observations({ lab: CLEAN }, { end: { complete: false } }), rc: 0 },
    { what: 'lacks its end', observed: observations({ lab: CLEAN }, { end: { e: 'other' } }), rc: 0 },
    {
      what: 'is of a deploy',
      observed: observations({ lab: DRIFTED }, { start: { check_mode: false } }),
      rc: 0,
      kind: 'parse',
    },
    {
      what: 'is of a plugin that failed',
      observed: `${observations({ lab: CLEAN })}{"e": "broken", "what": "KeyError"}\n`,
      rc: 0,
      kind: 'parse',
    },
    { what: 'has no host', observed: observations({}), rc: 0, kind: 'no_hosts' },
    { what: 'is fine, but Ansible failed', observed: observations({ lab: CLEAN }), rc: 1 },
    { what: 'is fine, but a failure has no host', observed: observations({ lab: CLEAN }), rc: 2 },
    { what: 'is fine, but Ansible broke down', observed: observations({ lab: CLEAN }), rc: 250 },
    { what: 'is fine, but somebody was unreachable', observed: observations({ lab: CLEAN }), rc: 4 },
    { what: 'is fine, but Ansible was killed', observed: observations({ lab: CLEAN }), rc: 137 },
  ])('is UNKNOWN if the observation $what', async ({ observed, rc, kind }) => {
    const { report, exitCode } = await verdict(observed, rc);
    expect(report).toMatchObject({ server: 'lab', sync_status: 'UNKNOWN' });
    expect(report.error_kind).toBe(kind ?? report.error_kind);
    expect(report.error).toMatch(/\S/);
    expect(exitCode).toBe(1);
  });

  it.each([1, 3, 250, 137])(
    'is UNKNOWN for every host if Ansible ended with %i, except for drift that it had found',
    async (rc) => {
      cannedCheck(scratch, observations({ a: CLEAN, b: FAILED, c: DRIFTED }), rc);
      const { stdout } = await runReporter(scratch, { args: ['--dry-run'], env: { REPO_NAME: 'rsyslog' } });
      expect(JSON.parse(stdout)).toMatchObject([
        { sync_status: 'UNKNOWN' },
        { sync_status: 'UNKNOWN' },
        { sync_status: 'OUT_OF_SYNC', partial: true },
      ]);
    },
  );

  it('is that of the worst host if several share a name', async () => {
    const both = await verdict(observations({ a: CLEAN, b: DRIFTED }));
    expect(both.report).toMatchObject({ sync_status: 'OUT_OF_SYNC', drift_count: 1, hosts: ['a', 'b'] });
    const three = await verdict(observations({ a: CLEAN, b: DRIFTED, c: FAILED }), 2);
    expect(three.report).toMatchObject({ sync_status: 'OUT_OF_SYNC', partial: true, drift_count: 1 });
  });

  it('is never SYNCED with a named drift', async () => {
    const { report } = await verdict(observations({ lab: CLEAN }));
    expect(report).toMatchObject({ sync_status: 'SYNCED', drift_count: 0, files: [] });
    expect(report).not.toHaveProperty('resources');
    expect(report).not.toHaveProperty('error');
  });

  it('has an error of one line and 500 characters, without passwords, and only if asked for', async () => {
    const said = `fetch: https://bob:hunter2@git.example failed, token=hunter2 ${'x'.repeat(900)}\nhunter2`;
    const observed = observations({ lab: { failures: 1, error: said } });
    const full = await verdict(observed, 2, { GITOPS_STATUS_ERROR_TEXT: 'full' });
    expect(full.report.error).toHaveLength(500);
    expect(full.report.error).toContain(': fetch: https://***@git.example failed, token=*** x');
    expect(JSON.stringify(full.report)).not.toContain('hunter2');
    const kind = await verdict(observed, 2);
    expect(kind.report.error).toBe('task "rsyslog.conf" (copy) failed on lab');
  });

  it('strips the prefix from names, and leaves other paths whole', async () => {
    const items = [
      '/etc/rsyslog.d/30-lab.conf',
      '/opt/etc/x',
      '/etc/',
      '/etc/a\tb',
      '/etc/a\u0080b',
      '/etc/a\u0081b',
      '/etc/a\\x80b',
      '/etc/\udc80',
      '/etc/\u0085',
      '/etc/\udc85',
      '/etc/\\\n',
      '/etc/\\x0a',
    ].map((path) => ({
      path,
      change: 'content',
      changed: true,
    }));
    const { report } = await verdict(observations({ lab: { items } }));
    expect(report.files.map(({ name }) => name).sort()).toEqual([
      '/etc/',
      '/opt/etc/x',
      '\\\\\\x0a',
      '\\\\x0a',
      '\\u0085',
      '\\x80',
      '\\x85',
      'a\\\\x80b',
      'a\\u0080b',
      'a\\u0081b',
      'a\\x09b',
      'rsyslog.d/30-lab.conf',
    ]);
  });

  it('makes a valid name of an invalid inventory host', async () => {
    const { report } = await verdict(observations({ 'log host [1]': CLEAN }), 0, { SERVER_NAME: '' });
    expect(report.server).toBe('log_host__1_');
  });

  it('counts every file, even if a request has no room to name them all', async () => {
    const items = Array.from({ length: 6000 }, (_, index) => ({
      path: `/etc/${index}`,
      change: 'missing',
      changed: true,
    }));
    const { report } = await verdict(observations({ lab: { items } }));
    expect(report).toMatchObject({ drift_count: 6000, files_omitted: 1000 });
    expect(report.files).toHaveLength(5000);
    expect(report.files[0]).toEqual({ name: '0', change: 'missing' });
  });

  it('is dated by the end of the check, in UTC with milliseconds', async () => {
    const before = Date.now();
    const { report } = await verdict(observations({ lab: CLEAN }), 0, { EXPECTED_INTERVAL: '120' });
    expect(report.last_check).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(report.last_check)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(report.last_check)).toBeLessThanOrEqual(Date.now());
    expect(report.expected_interval_s).toBe(120);
  });
});
