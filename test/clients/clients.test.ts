import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { postReport, scratch } from '../e2e/scratch.ts';
import { atFullLength } from '../full-length.ts';
import { type DocumentedClient, documentedClients } from './documented.ts';
import { folderOf, withTool } from './tools.ts';

const run = promisify(execFile);
const { fetching, clients } = documentedClients();
/** The ones that run each time. */
const QUICK = ['openapi-typescript', 'openapi-python-client'];

const installed = clients.flatMap((client) => {
  if (!atFullLength(true, { otherwise: QUICK.includes(client.name) })) return [];
  const folder = folderOf(client.name);
  return folder === undefined ? [] : [{ ...client, folder }];
});

/** The output of each program, about a target that drifted after it was in sync. */
const SAID = [
  'recorded: new',
  'status: OUT_OF_SYNC true',
  'reports: 2',
  'timeline: SYNCED OUT_OF_SYNC',
  'problem: 422 /last_check',
];

/**
 * Messages that are not about this contract: OpenAPI 3.1 is new to a tool, or it speaks of its own examples and names.
 */
const HARMLESS =
  /3\.1 support is still in beta|Response examples can currently only|reserved word|schema name: null/;

test('the page has five generators, each with its commands and a program', () => {
  expect(clients.map(({ name }) => name)).toEqual([
    'openapi-typescript',
    'hey-api',
    'oapi-codegen',
    'openapi-python-client',
    'openapi-generator',
  ]);
  for (const { files } of clients) expect([...files.keys()].join()).toMatch(/status\.|main\.go/);
});

/** Runs the commands of the page in a new folder, and resolves to their output. */
async function follow(
  { commands, files, folder }: DocumentedClient & { folder: string },
  at: string,
  url: string,
) {
  mkdirSync(at);
  for (const [name, text] of files) writeFileSync(join(at, name), text);
  const modules = join(folder, 'node_modules');
  if (existsSync(modules)) symlinkSync(modules, join(at, 'node_modules'));
  const env = withTool(folder, {
    STATUS_URL: url,
    STATUS_TOKEN: 'none-is-needed-on-loopback',
    OPENAPI_GENERATOR_JAR: join(folder, 'openapi-generator-cli.jar'),
  });
  return run('bash', ['-euc', `${fetching}${commands}`], { cwd: at, env, maxBuffer: 64 * 1024 * 1024 });
}

describe.skipIf(folderOf('schemathesis') === undefined)('a generated client', () => {
  test.each(installed)('of $name: generates, compiles strictly and works', async (client) => {
    const { at, serve } = scratch();
    const { url } = await serve(at('status.db'));
    const checkedAt = new Date(Date.now() - 60_000).toISOString();
    await postReport(url, 'rsyslog-lab', { last_check: checkedAt });
    const { stdout, stderr } = await follow(client, at('client'), url).catch((error: unknown) => {
      const { stdout: said = '', stderr: complained = '' } = Object(error);
      throw new Error(`${said}\n${complained}`, { cause: error });
    });
    // Python writes it with a capital letter.
    const said = stdout.trimEnd().replace('True', 'true').split('\n');
    expect(said.slice(-SAID.length)).toEqual(SAID);
    const complaints = `${stdout}\n${stderr}`.split('\n').filter((line) => /\bwarn/i.test(line));
    expect(complaints.filter((line) => !HARMLESS.test(line))).toEqual([]);
  });
});
