import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/compose.ts';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { runCommand } from './command.ts';
import { postReport, scratch } from './scratch.ts';

const SILENCE = { from: '2026-04-21T00:00:00Z', to: '2026-04-22T00:00:00Z' };

/** Some drift and repair on a few servers, at noon of a day in the past. */
async function fill(databasePath: string): Promise<void> {
  const store = openStore({ databasePath }, '0.0.0-test');
  const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });
  const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
  await recordAll(store, [
    at(0),
    at(5, drift),
    at(7),
    at(1, { repo: 'nginx', ...drift }),
    at(9),
    at(3, { server: 'other' }),
  ]);
  await store.close();
}

describe('export and import, as commands', () => {
  test('one into the other: another server gives the same answers, and notices while it serves', async () => {
    const { at, serve } = scratch();
    await fill(at('here.db'));
    const there = await serve(at('there.db'));
    expect(await there.json('/status.json')).toEqual([]);
    expect((await fetch(`${there.url}/metrics`)).status).toBe(200);
    expect(await postReport(there.url, 'live')).toBe(201);

    const exported = await runCommand(at('here.db'), ['export']);
    expect(exported).toMatchObject({ exitCode: 0, stderr: 'export: 6 reports\n' });
    const imported = await runCommand(at('there.db'), ['import'], { input: exported.stdout });
    expect(imported).toEqual({ exitCode: 0, stdout: '6 reports recorded, 0 duplicates\n', stderr: '' });

    const here = await serve(at('here.db'));
    const range = new URLSearchParams(SILENCE);
    for (const path of ['/status.json?repo=nginx', `/api/v1/timeline?${range}`, `/api/v1/reports?${range}`]) {
      const answer = await here.json(path);
      expect(answer).not.toEqual([]);
      expect(await there.json(path)).toEqual(answer);
    }
    const metrics = await (await fetch(`${there.url}/metrics`)).text();
    expect(metrics).toContain('gitops_sync_status{repo="nginx",server="rsyslog-lab"}');
  });

  test('some repos only, from a file, and a second time without effect', async () => {
    const { at } = scratch();
    await fill(at('here.db'));
    const { stdout } = await runCommand(at('here.db'), [
      'export',
      '--repo',
      'rsyslog',
      'other',
      '--server',
      'rsyslog-lab',
    ]);
    expect(stdout.trim().split('\n')).toHaveLength(4);
    writeFileSync(at('reports.ndjson'), stdout);
    const importing = () => runCommand(at('there.db'), ['import', at('reports.ndjson')]);
    expect(await importing()).toMatchObject({ stdout: '4 reports recorded, 0 duplicates\n' });
    expect(await importing()).toMatchObject({
      exitCode: 0,
      stdout: '0 reports recorded, 4 duplicates\n',
    });
  });

  test('a line that is no report ends the import with its number', async () => {
    const { at } = scratch();
    expect(await runCommand(at('there.db'), ['import', '-'], { input: '\n{"repo":1}\n' })).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Line 2: \/repo: .*\nNothing was recorded: /),
    });
    const missing = await runCommand(at('there.db'), ['import', at('none.ndjson')]);
    expect(missing).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/no such file.*none\.ndjson/),
    });
  });

  test('lines of an older version are taken without what is refused now, and one from the future is left out by name', async () => {
    const { at } = scratch();
    const older = { repo: 'a', server: 'b', sync_status: 'SYNCED', last_check: '2026-04-21T12:00:00Z' };
    const added = { received_at: '2026-04-21T12:00:01Z', stale_at: '2026-04-21T12:10:00Z' };
    const lines = [
      { ...older, ...added, error: 'none', labels: ['odd'] },
      { ...older, ...added, last_check: '2999-01-01T00:00:00Z', stale_at: '2999-01-01T00:10:00Z' },
      { ...older, ...added, server: 'c' },
    ];
    const input = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    expect(await runCommand(at('there.db'), ['import'], { input })).toEqual({
      exitCode: 0,
      stdout: '2 reports recorded, 0 duplicates\n',
      stderr: expect.stringMatching(
        /^import: 1 report imported without labels, .*: line 1\nimport: .* without error, .*: line 1\nimport: 1 report left out:\nimport: line 2: .*2999-01-01.*ahead.*\n$/,
      ),
    });
    const { stdout } = await runCommand(at('there.db'), ['export']);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringContaining('"export_version":2'),
      expect.stringContaining('"server":"c"'),
    ]);
  });

  test('an error repeats a line as people see it: without colours, and with what is unseen escaped', async () => {
    const { at } = scratch();
    const line = '\u001b[31mno\u001b[0m \u202ejson\u200b\n';
    const { exitCode, stderr } = await runCommand(at('there.db'), ['import'], { input: line });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^Line 1: it is not JSON: /);
    expect(stderr).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u);
  });
});
