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
    { what: 'is missing, though Ansible is content', observed: '', rc: 0, kind: 'parse' },
    { what: 'is no JSON', observed: '{"format": 1, "comp', rc: 0, kind: 'parse' },
    {
      what: 'is of another format',
      observed: observations({ lab: CLEAN }, { format: 2 }),
      rc: 0,
      kind: 'parse',
    },
    { what: 'lacks the hosts', observed: '{"format": 1, "complete": true, "check_mode": true}', rc: 0 },
    { what: 'has hosts that are none', observed: observations({}, { hosts: { lab: 'fine' } }), rc: 0 },
    { what: 'stops half-way', observed: observations({ lab: CLEAN }, { complete: false }), rc: 0 },
    {
      what: 'is of a deploy',
      observed: observations({ lab: CLEAN }, { check_mode: false }),
      rc: 0,
      kind: 'parse',
    },
    {
      what: 'is of a plugin that failed',
      observed: observations({ lab: CLEAN }, { broken: 'KeyError' }),
      rc: 0,
    },
    { what: 'has no host', observed: observations({}), rc: 0, kind: 'no_hosts' },
    { what: 'lacks the host in the recap', observed: observations({ lab: { in_recap: false } }), rc: 0 },
    {
      what: 'compared nothing',
      observed: observations({ lab: { verified: 0 } }),
      rc: 0,
      kind: 'not_processed',
    },
    { what: 'is fine, but Ansible failed', observed: observations({ lab: CLEAN }), rc: 1 },
    { what: 'is fine, but a failure has no host', observed: observations({ lab: CLEAN }), rc: 2 },
    { what: 'is fine, but Ansible broke down', observed: observations({ lab: CLEAN }), rc: 250 },
    { what: 'is fine, but somebody was unreachable', observed: observations({ lab: CLEAN }), rc: 4 },
    { what: 'is fine, but Ansible was killed', observed: observations({ lab: CLEAN }), rc: 137 },
    { what: 'is fine, but time was up', observed: observations({ lab: CLEAN }), rc: 124, kind: 'timeout' },
  ])('is UNKNOWN where the observation $what', async ({ observed, rc, kind }) => {
    const { report, exitCode } = await verdict(observed, rc);
    expect(report).toMatchObject({ server: 'lab', sync_status: 'UNKNOWN', drift_count: 0 });
    expect(report.error_kind).toBe(kind ?? report.error_kind);
    expect(report.error).toMatch(/\S/);
    expect(exitCode).toBe(1);
  });

  it.each([1, 3, 250, 137])(
    'is UNKNOWN for every host where Ansible ended with %i, whatever it saw before',
    async (rc) => {
      cannedCheck(scratch, observations({ a: CLEAN, b: FAILED }), rc);
      const { stdout } = await runReporter(scratch, { args: ['--dry-run'], env: { REPO_NAME: 'rsyslog' } });
      expect(JSON.parse(stdout)).toMatchObject([{ sync_status: 'UNKNOWN' }, { sync_status: 'UNKNOWN' }]);
    },
  );

  it('is of the worst host where several share a name', async () => {
    const both = await verdict(observations({ a: CLEAN, b: DRIFTED }));
    expect(both.report).toMatchObject({ sync_status: 'OUT_OF_SYNC', drift_count: 1, hosts: ['a', 'b'] });
    const three = await verdict(observations({ a: CLEAN, b: DRIFTED, c: FAILED }), 2);
    expect(three.report).toMatchObject({ sync_status: 'UNKNOWN', partial: true, drift_count: 1 });
  });

  it('never says SYNCED and names a drift', async () => {
    const { report } = await verdict(observations({ lab: CLEAN }));
    expect(report).toMatchObject({ sync_status: 'SYNCED', drift_count: 0, files: [] });
    expect(report).not.toHaveProperty('resources');
    expect(report).not.toHaveProperty('error');
  });

  it('keeps an error to one line of 500 characters, without passwords', async () => {
    const said = `fetch: https://bob:hunter2@git.example failed, token=hunter2 ${'x'.repeat(900)}\nhunter2`;
    const { report } = await verdict(observations({ lab: { failures: 1, error: said } }), 2);
    expect(report.error).toHaveLength(500);
    expect(report.error).toMatch(/^fetch: https:\/\/\*\*\*@git\.example failed, token=\*\*\* x/);
    expect(JSON.stringify(report)).not.toContain('hunter2');
  });

  it('strips the prefix from names, and leaves other paths whole', async () => {
    const items = ['/etc/rsyslog.d/30-lab.conf', '/opt/etc/x', '/etc/', '/etc/a\tb'].map((path) => ({
      path,
      change: 'content',
      task: 't',
      module: 'copy',
    }));
    const { report } = await verdict(observations({ lab: { items } }));
    expect(report.files.map(({ name }) => name).sort()).toEqual([
      '/etc/',
      '/opt/etc/x',
      'a?b',
      'rsyslog.d/30-lab.conf',
    ]);
  });

  it('makes a valid name of an inventory host that is none', async () => {
    const { report } = await verdict(observations({ 'log host [1]': CLEAN }), 0, { SERVER_NAME: '' });
    expect(report.server).toBe('log_host__1_');
  });

  it('counts every file, even where a request has no room to name them all', async () => {
    const items = Array.from({ length: 6000 }, (_, index) => ({
      path: `/etc/${index}`,
      change: 'missing',
      task: 't',
      module: 'copy',
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
