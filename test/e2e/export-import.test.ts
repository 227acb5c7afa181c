import { existsSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { someOf } from '../full-length.ts';
import { runCommand } from './command.ts';
import { postReport, scratch } from './scratch.ts';

const SILENCE = { from: '2026-04-21T00:00:00Z', to: '2026-04-22T00:00:00Z' };

/** Some drift and repair on a few servers, at noon of a past day. */
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
  test('an export needs little memory, however many reports have how many files', async () => {
    const { at } = scratch();
    const store = openStore({ databasePath: at('here.db') }, '0.0.0-test');
    const files = Array.from({ length: 10_000 }, (_, place) => `${'/etc'.repeat(20)}/${place}`);
    for (let minute = 0; minute < 80; minute++)
      await recordAll(store, [
        aReport({ lastCheckAt: NOON + minute * MINUTE, syncStatus: 'OUT_OF_SYNC', files }),
      ]);
    await store.close();
    const exported = await runCommand(at('here.db'), ['export'], {
      env: { NODE_OPTIONS: '--max-old-space-size=80' },
    });
    expect(exported).toMatchObject({ exitCode: 0, stderr: 'export: 80 reports\n' });
    expect(exported.stdout.length).toBeGreaterThan(80 * 10_000 * 80);
  });

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
    const missing = await runCommand(at('elsewhere.db'), ['import', at('none.ndjson')]);
    expect(existsSync(at('elsewhere.db'))).toBe(false);
    expect(missing).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/none\.ndjson does not exist: check the name.*\(ENOENT\)/),
    });
  });

  test('lines of an older version are accepted without what is refused now, and one from the future is left out by name', async () => {
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

  test.each(
    someOf(
      [
        [['--repo', 'nosuch'], 0, 'the repo nosuch'],
        [['--server', 'nosuch'], 0, 'the server nosuch'],
        [['--repo', 'nosuch', '--server', 'none'], 0, 'the repo nosuch, the server none'],
        [['--repo', 'rsyslog', 'nosuch'], 5, 'the repo nosuch'],
        [['--repo', 'nginx', '--server', 'other'], 0, 'the repo nginx, the server other'],
        [['--repo', 'RSYSLOG'], 0, 'the repo RSYSLOG'],
      ],
      2,
    ),
  )('export %j says of which names there is nothing', async (options, reports, missing) => {
    const { at } = scratch();
    await fill(at('here.db'));
    const { exitCode, stdout, stderr } = await runCommand(at('here.db'), ['export', ...options]);
    expect([exitCode, stdout.split('\n').length - 1]).toEqual([1, reports]);
    expect(stderr).toBe(
      `export: ${reports} reports\nNo report was found of ${missing}: check the names, also upper and ` +
        'lower case.\n',
    );
  });

  const LINE = '{"repo":"a","server":"b","sync_status":"SYNCED","last_check":"2026-04-21T12:00:00Z"}\n';
  test.each<[string, string | Buffer, RegExp]>(
    someOf(
      [
        ['text', 'no secret json\n', /^Line 1: it is not JSON from its character 1 on\.\n/],
        [
          'colours',
          '\u001b[31mno\u001b[0m \u202ejson\u200b\n',
          /^Line 1: it is not JSON from its character 1 on/,
        ],
        ['half of a line', `${LINE}{"repo": "secret\n`, /^Line 2: it is not JSON from its character 10 on/],
        ['gzip', gzipSync(LINE.repeat(50)), /^Line 1: it is compressed with gzip: .*gunzip -c FILE \|/],
        ['UTF-16', Buffer.from(`\ufeff${LINE}`, 'utf16le'), /^Line 1: it is UTF-16: .*iconv -f UTF-16/],
        ['UTF-16 without a mark', Buffer.from(LINE, 'utf16le'), /^Line 1: it is UTF-16: .*iconv -f UTF-16/],
        [
          'UTF-16 behind a line',
          Buffer.concat([Buffer.from(LINE), Buffer.from(LINE, 'utf16le')]),
          /^Line 2: .*UTF-16/,
        ],
        [
          'a database',
          Buffer.from('SQLite format 3\0secret\n'),
          /^Line 1: it is a SQLite database: .*restore FILE/,
        ],
        ['Latin-1', Buffer.from('{"repo":"secr\xe9t"}\n', 'latin1'), /^Line 1: it is not UTF-8: byte 13/],
      ],
      4,
    ),
  )('an import of %s says so, and shows nothing of the file', async (_, input, words) => {
    const { at } = scratch();
    const { exitCode, stdout, stderr } = await runCommand(at('there.db'), ['import'], { input });
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/secr|\p{Cf}|[^\x20-\x7e\n]/u);
  });
});
