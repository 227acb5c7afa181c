import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLEAN, cannedCheck, cannedSleep, observations } from './canned-check.ts';
import { type Answer, Collector } from './collector.ts';
import { runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { missing, REPORTER_TOOLS } from './tools.ts';

const UNAVAILABLE: Answer = { kind: 'status', status: 503 };

describe.skipIf(missing(REPORTER_TOOLS))('the spool', () => {
  let collector: Collector;
  let scratch: Scratch;

  beforeAll(async () => {
    collector = await Collector.start();
  });
  beforeEach(() => {
    collector.forget();
    scratch = new Scratch();
    cannedSleep(scratch);
    cannedCheck(scratch, observations({ lab: CLEAN }));
  });
  afterEach(() => scratch.remove());
  afterAll(() => collector.stop());

  async function report(env: Record<string, string> = {}) {
    return runReporter(scratch, {
      env: {
        GITOPS_STATUS_SERVER_URL: collector.url,
        REPO_NAME: 'rsyslog',
        GITOPS_STATUS_SPOOL: join(scratch.root, 'spool'),
        ...env,
      },
    });
  }

  /** The directory of this server's unsent reports, once a report could not be delivered. */
  async function fill(): Promise<string> {
    collector.willAnswer(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    expect(await report()).toMatchObject({ exitCode: 1 });
    collector.forget();
    const [server = ''] = readdirSync(join(scratch.root, 'spool'));
    return join(scratch.root, 'spool', server);
  }

  function put(spool: string, name: string, server: string): void {
    const kept = {
      repo: 'rsyslog',
      server,
      sync_status: 'SYNCED',
      drift_count: 0,
      files: [],
      last_check: '',
    };
    scratch.write(join(spool.slice(scratch.root.length + 1), name), JSON.stringify(kept));
  }

  const servers = () => collector.reports.map(({ server }) => server);

  it('delivers what was kept with the next run, before the new report, and forgets it', async () => {
    const spool = await fill();
    expect(await report()).toMatchObject({ exitCode: 0 });
    const [kept, fresh] = collector.reports;
    expect(collector.reports).toHaveLength(2);
    expect(Date.parse(kept?.last_check ?? '')).toBeLessThan(Date.parse(fresh?.last_check ?? ''));
    expect(readdirSync(spool)).toEqual([]);
  });

  it('goes oldest first, and at most twenty per run', async () => {
    const spool = await fill();
    for (let index = 0; index < 24; index++) {
      put(spool, `${1000000000000 + index}-1-1.json`, `old-${index}`);
    }
    await report();
    expect(servers()).toEqual([...Array.from({ length: 20 }, (_, index) => `old-${index}`), 'lab']);
    await report();
    expect(servers().slice(21)).toEqual(['old-20', 'old-21', 'old-22', 'old-23', 'lab', 'lab']);
  });

  it('costs a server that is still down one try', async () => {
    const spool = await fill();
    put(spool, '1000000000000-1-1.json', 'old');
    collector.willAnswer(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    expect(await report()).toMatchObject({ exitCode: 1 });
    expect(servers()).toEqual(['old', 'lab', 'lab', 'lab', 'lab']);
    expect(readdirSync(spool)).toHaveLength(3);
  });

  it('drops what the server refuses, and goes on', async () => {
    const spool = await fill();
    put(spool, '1000000000000-1-1.json', 'too-old');
    collector.willAnswer({ kind: 'status', status: 422 });
    expect(await report()).toMatchObject({ exitCode: 0 });
    expect(servers()).toEqual(['too-old', 'lab', 'lab']);
    expect(readdirSync(spool)).toEqual([]);
  });

  it('gives a report to no other server than the one it was meant for', async () => {
    await fill();
    const other = await Collector.start();
    await report({ GITOPS_STATUS_SERVER_URL: other.url });
    expect(other.received).toHaveLength(1);
    await other.stop();
  });

  it('is for its owner only', async () => {
    const spool = await fill();
    expect(statSync(spool).mode & 0o077).toBe(0);
    const [entry = ''] = readdirSync(spool);
    expect(statSync(join(spool, entry)).mode & 0o077).toBe(0);
  });

  it('can be switched off, and a spool that cannot be written is no other failure', async () => {
    collector.willAnswer(...Array.from({ length: 8 }, () => UNAVAILABLE));
    expect(await report({ GITOPS_STATUS_SPOOL: 'off' })).toMatchObject({ exitCode: 1 });
    expect(existsSync(join(scratch.root, 'spool'))).toBe(false);
    mkdirSync(join(scratch.root, 'blocked'));
    scratch.write('blocked/file', '');
    const { exitCode, stderr } = await report({ GITOPS_STATUS_SPOOL: join(scratch.root, 'blocked/file') });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('could not be kept');
  });

  it('keeps an entry apart whose target another check speaks for, tells it, and sends the others', async () => {
    const spool = await fill();
    put(spool, '1-0-0.json', 'of-another-check');
    put(spool, '2-0-0.json', 'free');
    collector.willAnswer({ kind: 'status', status: 409 });
    const { stdout, stderr } = await report();
    expect(servers()).toContain('free');
    expect(readdirSync(join(spool, 'conflicts'))).toEqual(['1-0-0.json']);
    expect(stdout + stderr).toContain('kept apart, as another check speaks for its target');
    collector.forget();
    await report();
    expect(servers()).not.toContain('of-another-check');
  });
});
