import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { someOf } from '../full-length.ts';
import { runCommand } from './command.ts';
import { scratch } from './scratch.ts';

describe('a wrong command ends with 2, and says what is possible', () => {
  test.each(
    someOf(
      [
        ['tokn', /unknown command 'tokn'\n\(Did you mean token\?\)\nSee: gitops-status-server --help/],
        ['tokn --help', /unknown command 'tokn'\n\(Did you mean token\?\)/],
        ['help tokn', /unknown command 'tokn'\n\(Did you mean token\?\)/],
        ['exprot --repo a', /unknown command 'exprot'\n\(Did you mean export\?\)/],
        ['quatsch', /unknown command 'quatsch'\nSee: gitops-status-server --help/],
        [
          'token lst',
          /unknown command 'lst'\n\(Did you mean list\?\)\nSee: gitops-status-server token --help/,
        ],
        ['token lst --help', /unknown command 'lst'\n\(Did you mean list\?\)/],
        ['token', /^Usage: gitops-status-server token/],
        ['target', /^Usage: gitops-status-server target/],
        ['serve --prot 1', /unknown option '--prot'\n\(Did you mean --port\?\)/],
        ['--prot 1', /unknown option '--prot'\n\(Did you mean --port\?\)/],
        ['serve now', /too many arguments for 'serve'/],
        ['serve --port', /argument missing/],
        ['serve --port http', /whole number from 0 to 65535/],
        ['serve --port 65536', /whole number from 0 to 65535/],
        ['serve --host=', /an address or a name/],
        ['serve --database=', /the path of a file/],
        ['serve --database a.db?mode=ro', /write sqlite:a\.db/],
        ['demo --port http', /whole number from 0 to 65535/],
        ['demo --targets 0', /whole number, 1 or more/],
        ['demo --database //a', /write sqlite:a/],
        ['backup', /missing required argument 'file'/],
        ['backup a b', /too many arguments for 'backup'/],
        ['restore', /missing required argument 'file'/],
        ['export --repo', /argument missing/],
        ['import --from a', /unknown option '--from'/],
        ['repair', /required option '--future' not specified/],
        ['target rename a', /missing required argument 'server'/],
        ['target rename a b --new-server ?', /is not a valid name of a repo or server/],
        ['token create a --scope write', /must be one of report, read, act, admin/],
      ],
      8,
    ),
  )('%s', async (line, words) => {
    const { at } = scratch();
    const { exitCode, stdout, stderr } = await runCommand(at('a.db'), line.split(' '));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(readdirSync(dirname(at('a.db')))).toEqual([]);
  });

  test.each(
    someOf([['token', 'list'], ['export'], ['import'], ['backup', 'b.db'], ['repair', '--future'], []], 2),
  )('%s %s with a name that is no setting', async (...args) => {
    const { at } = scratch();
    const env = { GITOPS_STATUS_RETENTION_REPORT: '9d' };
    const { exitCode, stderr } = await runCommand(at('a.db'), args.filter(Boolean), { env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean GITOPS_STATUS_RETENTION_REPORTS?');
  });
});

describe('help', () => {
  const COMMANDS = [
    ...['', 'serve', 'demo', 'backup', 'restore', 'export', 'import', 'repair', 'target rename'],
    ...['token', 'token create', 'token list', 'token revoke'],
  ];
  test.each(someOf(COMMANDS, 3))('of "%s" has examples, and exits 0', async (command) => {
    const { at } = scratch();
    const { exitCode, stdout, stderr } = await runCommand(at('a.db'), [
      ...command.split(' ').filter(Boolean),
      '--help',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/\nExamples:\n {2}# .+\n {2}.*\bgitops-status-server|node dist\/main\.js/);
  });

  test('is also available with the word help, and the version with --version', async () => {
    const { at } = scratch();
    expect(await runCommand(at('a.db'), ['help', 'token', 'list'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Usage: gitops-status-server token list'),
    });
    expect(await runCommand(at('a.db'), ['--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});
