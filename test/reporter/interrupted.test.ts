import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLEAN, cannedCheck, observations } from './canned-check.ts';
import { type Answer, Collector } from './collector.ts';
import { outcomeOf, type Run, type RunOptions, startReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing, REPORTER_TOOLS } from './tools.ts';

const UNAVAILABLE: Answer = { kind: 'status', status: 503 };

/** A long check that has begun. It notes when it is asked to end. */
const ENDLESS_CHECK = `
trap 'touch "$TMPDIR/check-ended"; exit 143' TERM
echo the check runs
sleep 60 & wait`;

describe.skipIf(missing(REPORTER_TOOLS))('a reporter that is ended early', () => {
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

  function start(options: RunOptions = {}): { child: ChildProcess; outcome: Promise<Run> } {
    const child = startReporter(scratch, {
      ...options,
      env: {
        GITOPS_STATUS_SERVER_URL: collector.url,
        GITOPS_STATUS_SPOOL: join(scratch.root, 'spool'),
        REPO_NAME: 'rsyslog',
        SERVER_NAME: 'lab',
        ...options.env,
      },
    });
    return { child, outcome: outcomeOf(child) };
  }

  async function says(child: ChildProcess, words: string): Promise<void> {
    return new Promise((resolve) => {
      let heard = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (text: string) => {
          heard += text;
          if (heard.includes(words)) {
            resolve();
          }
        });
      }
    });
  }

  function kept(): string[] {
    const spool = join(scratch.root, 'spool');
    return existsSync(spool)
      ? readdirSync(spool, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
      : [];
  }

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'by %s during the check says UNKNOWN, and ends the check',
    async (signal) => {
      scratch.stub('ansible-playbook', ENDLESS_CHECK);
      const { child, outcome } = start();
      await says(child, 'the check runs');
      child.kill(signal);
      expect(await outcome).toMatchObject({ exitCode: 1 });
      expect(existsSync(join(scratch.root, 'check-ended'))).toBe(true);
      expect(collector.reports).toMatchObject([
        {
          server: 'lab',
          sync_status: 'UNKNOWN',
          error_kind: 'not_processed',
          error: `the check was interrupted by ${signal}`,
        },
      ]);
    },
  );

  it('during the check keeps the UNKNOWN if no server answers', async () => {
    scratch.stub('ansible-playbook', ENDLESS_CHECK);
    collector.willAnswer(UNAVAILABLE);
    const { child, outcome } = start({ args: ['--always-zero'] });
    await says(child, 'the check runs');
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ exitCode: 0 });
    expect(collector.received).toHaveLength(1);
    expect(kept()).toHaveLength(1);
  });

  it('while the server works sends the same report again, not an UNKNOWN', async () => {
    collector.willAnswer({ kind: 'silence' });
    const arrival = collector.arrival();
    const { child, outcome } = start();
    await arrival;
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ exitCode: 1 });
    expect(collector.reports).toMatchObject([{ sync_status: 'SYNCED' }, { sync_status: 'SYNCED' }]);
    expect(collector.received[1]?.body).toBe(collector.received[0]?.body);
    expect(kept()).toEqual([]);
  });

  it('between two tries makes one more, and keeps the report if that fails', async () => {
    collector.willAnswer(UNAVAILABLE, UNAVAILABLE);
    const { child, outcome } = start();
    await says(child, 'trying again in');
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ exitCode: 1 });
    expect(collector.received).toHaveLength(2);
    expect(kept()).toHaveLength(1);
  });

  it('while it empties the spool still delivers its new report', async () => {
    collector.willAnswer(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, { kind: 'silence' });
    expect(await start().outcome).toMatchObject({ exitCode: 1 });
    const arrival = collector.arrival();
    const { child, outcome } = start();
    await arrival;
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ exitCode: 1 });
    expect(collector.received).toHaveLength(6);
    expect(kept()).toHaveLength(1);
  });

  it('by SIGKILL reports nothing at all, and the next run works as usual', async () => {
    scratch.stub('ansible-playbook', 'echo $$ >"$TMPDIR/check-pid"; echo the check runs; exec /bin/sleep 60');
    const { child } = start();
    await says(child, 'the check runs');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(collector.received).toEqual([]);
    process.kill(Number(readFileSync(join(scratch.root, 'check-pid'), 'utf8')));

    cannedCheck(scratch, observations({ lab: CLEAN }));
    expect(await start().outcome).toMatchObject({ exitCode: 0 });
    expect(collector.reports).toMatchObject([{ sync_status: 'SYNCED' }]);
  });

  it('leaves no temporary file behind', async () => {
    scratch.stub('ansible-playbook', ENDLESS_CHECK);
    const { child, outcome } = start();
    await says(child, 'the check runs');
    child.kill('SIGTERM');
    await outcome;
    expect(readdirSync(scratch.root).filter((name) => name.startsWith('tmp.'))).toEqual([]);
  });

  describe.skipIf(missing(CHECK_TOOLS))('with a running real check', () => {
    it('names every host that the playbook was to reach', async () => {
      scratch.write(
        'repo/check.yml',
        '- { hosts: all, gather_facts: false, tasks: [{ name: long, pause: { seconds: 60 } }] }\n',
      );
      scratch.unstub('ansible-playbook', 'ansible');
      const { child, outcome } = start({
        args: ['--', '-i', 'lab,prod', '-c', 'local'],
        env: { SERVER_NAME: '', DRIFT_CHECK_PLAYBOOK: 'check.yml', PYTHONUNBUFFERED: '1' },
      });
      await says(child, 'TASK [long]');
      child.kill('SIGTERM');
      expect(await outcome).toMatchObject({ exitCode: 1 });
      expect(collector.reports).toMatchObject([
        { server: 'lab', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
        { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
      ]);
    });
  });
});
