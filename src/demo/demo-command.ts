import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { createService, openStore } from '../compose.ts';
import { type Config, parseConfig } from '../config/config.ts';
import { requireGuarded, serveUntilStopped } from '../server.ts';
import { fill, keepReporting, ReportFeed } from './feed.ts';
import { expectedTarget, fleetReports } from './fleet.ts';

interface DemoOptions {
  readonly targets: number;
  readonly days: number;
  readonly seed: number;
  readonly database?: string;
  readonly port?: string;
}

const DAY_MS = 86_400_000;
/** How long ago the target was declared whose check never ran. */
const DECLARED_AGO_MS = 6 * 3_600_000;
/** How long the fleet goes on reporting while it is served. */
const STORY_AHEAD_MS = 7 * DAY_MS;

export function demoCommand({ version }: { version: string }): Command {
  return new Command('demo')
    .description('fill a scratch database with a simulated fleet, then serve it')
    .option('--targets <number>', 'how many targets report', wholeNumber, 20)
    .option('--days <number>', 'how many days their history goes back', wholeNumber, 30)
    .option('--seed <number>', 'which fleet: the same seed makes the same one', wholeNumber, 1)
    .option('--database <path>', 'a new file to keep; without it, a temporary one that is removed at exit')
    .option('--port <number>', 'where to listen (default: the setting PORT, or 8080)')
    .action(async (options: DemoOptions) => {
      const scratch = mkdtempSync(join(tmpdir(), 'gitops-status-demo-'));
      try {
        await demonstrate(options, { database: options.database ?? join(scratch, 'demo.db'), version });
      } finally {
        rmSync(scratch, { recursive: true });
      }
    });
}

async function demonstrate(
  options: DemoOptions,
  { database, version }: { database: string; version: string },
): Promise<void> {
  if (existsSync(database)) throw new Error(`${database} exists: a demo never writes into data of yours.`);
  const config = demoConfig(database, options.port);
  const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const now = Date.now();
  const feed = new ReportFeed(fleetReports({ ...options, now, until: now + STORY_AHEAD_MS }));
  const fleet = createService(config, { log, version });
  try {
    // Checked before a month of reports is recorded.
    await requireGuarded(fleet, config);
    await declare(config, { ...options, now, version });
    if (!(await fillAndTell(fleet.recorder, feed, { now, ...options }))) return;
  } finally {
    await fleet.close();
  }
  await serveUntilStopped(config, {
    log,
    version,
    // Through the recorder of the server, so that open pages are updated at once.
    whileServing: ({ recorder }, signal) =>
      keepReporting(recorder, feed, { clock: Date.now, signal }).catch(
        // The recorded history can still be viewed; the fleet goes stale.
        (error) => log.error({ err: error }, 'the simulated fleet stopped reporting'),
      ),
  });
}

async function declare(
  config: Config,
  { targets, now, version }: { targets: number; now: number; version: string },
): Promise<void> {
  const store = openStore(config, version, () => now - DECLARED_AGO_MS);
  await store.declareTargets([expectedTarget({ targets })], {});
  await store.close();
}

function demoConfig(database: string, port: string | undefined): Config {
  const env = { ...process.env, DATABASE_URL: `sqlite:${database}`, ...(port && { PORT: port }) };
  return parseConfig(env, (path) => readFileSync(path, 'utf8'));
}

/** Records the history up to now and shows the progress on stderr; false where it was interrupted. */
async function fillAndTell(
  recorder: Parameters<typeof fill>[0],
  feed: ReportFeed,
  { now, targets, days }: { now: number; targets: number; days: number },
): Promise<boolean> {
  const startedAt = performance.now();
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const { signal } = interrupted;
  let told = 0;
  const progress = ({ checkedAt }: { checkedAt: number }) => {
    const tenths = 10 - Math.ceil((10 * (now - checkedAt)) / (days * DAY_MS));
    if (tenths > told) process.stderr.write(`demo: ${10 * tenths} % of ${days} days\n`);
    told = tenths;
  };
  const count = await fill(recorder, feed, { until: now, signal, progress });
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(`demo: ${count} reports of ${targets} targets recorded in ${seconds} s\n`);
  return !signal.aborted;
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}
