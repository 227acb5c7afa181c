import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { aReport, recordAll } from '../fixtures.ts';
import { someOf } from '../full-length.ts';
import { postReport, scratch } from './scratch.ts';
import { ServerProcess } from './server-process.ts';

const REPORTER = fileURLToPath(new URL('../../reporter/gitops_status_reporter.py', import.meta.url));
const SHA = '0123456789abcdef0123456789abcdef01234567';
const MANY = 1000;

/** For the tests that only ask about a repo of their own: the others have a server of their own. */
let folder: string;
let database: string;
let shared: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gitops-status-gate-'));
  database = join(folder, 'status.db');
  shared = await ServerProcess.start(database);
});
afterAll(async () => {
  await shared.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

const DRIFT = { sync_status: 'OUT_OF_SYNC', files: [{ name: 'motd' }] };

const gate = (server: ServerProcess, query: string) => fetch(`${server.url}/api/v1/gate?${query}`);

/** Resolves once this many requests wait for gates. */
async function waitingAt(server: ServerProcess, count: number): Promise<void> {
  await expect
    .poll(async () => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^gitops_status_server_waiting_requests (\d+)/m.exec(metrics)?.[1]);
    })
    .toBe(count);
}

/** The reporter as a pipeline runs it; `said` collects its output. */
function waitCommand(server: { readonly url: string }, ...words: readonly string[]) {
  const env = { PATH: process.env.PATH, GITOPS_STATUS_SERVER_URL: server.url, PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn('python3', [REPORTER, 'wait', ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const run = { said: '', ended: once(child, 'close').then(([code]): unknown => code) };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.said += text;
  });
  return run;
}

describe('a gate of a server', () => {
  test('opens with one report for a thousand requests with many different questions', async () => {
    const about = (fields: object) => postReport(shared.url, 'a', { repo: 'wanted', ...fields });
    await about(DRIFT);
    const waiting = Array.from({ length: MANY }, (_, i) =>
      gate(shared, `repo=wanted&wait=300${i % 2 === 0 ? '' : `&max_age=${i + 1000}`}`),
    );
    await waitingAt(shared, MANY);
    // Meanwhile it answers everybody else.
    expect(await postReport(shared.url, 'elsewhere', { repo: 'other' })).toBe(201);
    expect(await about(DRIFT)).toBe(201);
    expect(await about({ commit: SHA })).toBe(201);
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ targets: [{ server: 'a', commit: SHA }] });
    await waitingAt(shared, 0);
  });

  test('opens with what another process records in the same database', async () => {
    const answer = gate(shared, 'repo=imported&wait=300');
    await waitingAt(shared, 1);
    const another = openStore({ databasePath: database }, '0.0.0-test');
    try {
      await recordAll(another, [aReport({ repo: 'imported', lastCheckAt: Date.now() })]);
    } finally {
      await another.close();
    }
    expect((await answer).status).toBe(200);
  });

  test('does not delay the stop of the server: 503, and it stops', async () => {
    const { at, serve } = scratch();
    const server = await serve(at('status.db'));
    const answer = gate(server, 'wait=300');
    await waitingAt(server, 1);
    const stopped = server.stop();
    const { status, headers } = await answer;
    expect([status, headers.get('Retry-After')]).toEqual([503, '1']);
    expect(await stopped).toBe(0);
  });

  test('waits longer than a question may take', async () => {
    const { at, serve } = scratch();
    const server = await serve(at('status.db'), { env: { GITOPS_STATUS_QUESTION_TIMEOUT: '5s' } });
    expect((await gate(server, 'wait=6')).status).toBe(409);
  });

  test('forgets clients that have disconnected', async () => {
    const leaving = new AbortController();
    const answer = fetch(`${shared.url}/api/v1/gate?repo=nothing&wait=300`, { signal: leaving.signal });
    await waitingAt(shared, 1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await waitingAt(shared, 0);
    expect(shared.log).not.toContain('request failed');
  });
});

describe('the reporter waits for a gate', () => {
  test('and passes once the commit is there, for a whole or an abbreviated name', async () => {
    await postReport(shared.url, 'a', { repo: 'deployed', ...DRIFT });
    const run = waitCommand(shared, '--repo', 'deployed', '--commit', SHA.slice(0, 8), '--since', 'now-1m');
    await waitingAt(shared, 1);
    await postReport(shared.url, 'a', { repo: 'deployed', commit: SHA });
    expect([await run.ended, run.said]).toEqual([0, 'gitops-status: all pass: 1 of 1 targets\n']);
  });

  test('and says in the end what did not pass', async () => {
    await postReport(shared.url, 'a', { repo: 'drifted', ...DRIFT });
    const run = waitCommand(shared, '--repo', 'drifted', '--repo', 'none', '--timeout', '0');
    expect(await run.ended).toBe(2);
    expect(run.said).toMatch(/waiting: 0 of 1 targets pass, and 1 that you asked for do not match/);
    expect(run.said).toMatch(/ {2}drifted on a: OUT_OF_SYNC since 20/);
    expect(run.said).toMatch(/ {2}none: does not match/);
  });

  test('over a restart of the server', async () => {
    const { at, serve } = scratch();
    const first = await serve(at('status.db'));
    const port = new URL(first.url).port;
    const run = waitCommand(first, '--repo', 'rsyslog');
    await waitingAt(first, 1);
    await first.stop();
    const second = await serve(at('status.db'), { env: { PORT: port } });
    await postReport(second.url, 'a');
    expect(await run.ended).toBe(0);
    expect(run.said).toMatch(/the server answered 503.*about to stop.*asking again in/);
  });

  test.each<[string, readonly string[], number, RegExp]>(
    someOf(
      [
        ['is refused', ['--repo', 'rsyslog', '--commit', 'abc'], 1, /422.*commit: must have at least 7/],
        [
          'does not know the option',
          ['--state', 'SYNCED'],
          1,
          /unrecognized arguments: --state SYNCED.*--help/,
        ],
        ['names nothing', ['--repo', ''], 1, /422.*repo: must not be empty/],
      ],
      1,
    ),
  )('and %s', async (_, words, code, said) => {
    const run = waitCommand(shared, ...words);
    expect(await run.ended).toBe(code);
    expect(run.said).toMatch(said);
  });

  test('in vain if the server does not answer, or it may not ask', async () => {
    const { at, serve } = scratch();
    const server = await serve(at('status.db'), { env: { GITOPS_STATUS_REQUIRE_TOKEN: 'true' } });
    const refused = waitCommand(server, '--repo', 'rsyslog');
    expect(await refused.ended).toBe(3);
    expect(refused.said).toMatch(/401.*needs a token with the scope read/);
    await server.stop();
    const alone = waitCommand(server, '--repo', 'rsyslog', '--timeout', '1');
    expect(await alone.ended).toBe(3);
    expect(alone.said).toMatch(/no usable answer within 1 s/);
  });
});
