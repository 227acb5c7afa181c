import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../cli/settings.ts';
import { type ServeOptions, withOptions } from '../cli/usage.ts';
import { createService } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { openStore } from '../database.ts';
import type { Log } from '../http/deps.ts';
import { requireGuarded, serveUntilStopped } from '../server.ts';
import { createLog, tellAddress } from '../terminal.ts';
import { fill, keepReporting, ReportFeed } from './feed.ts';
import { expectedTarget, fleetReports, usualDays } from './fleet.ts';
import { Interruption } from './interruption.ts';
import { Progress } from './progress.ts';

export interface DemoOptions extends ServeOptions {
  readonly targets: number;
  readonly days?: number;
  readonly seed: number;
}

/** What to show, and where to store it. */
interface Demo {
  readonly targets: number;
  readonly days: number;
  readonly seed: number;
  readonly now: number;
  readonly version: string;
  /** The file that stays; undefined if the database is removed at the end. */
  readonly kept: string | undefined;
  readonly log: Log;
}

const DAY_MS = 86_400_000;
/** How long ago the target whose check never ran was declared. */
const DECLARED_AGO_MS = 6 * 3_600_000;
/** How long the fleet continues to report while it is served. */
const STORY_AHEAD_MS = 7 * DAY_MS;

export async function runDemo(options: DemoOptions, version: string): Promise<void> {
  const { targets, seed, database: kept, days = usualDays(targets) } = options;
  if (kept !== undefined && existsSync(kept))
    throw new Error(`${kept} exists, and a demo never writes into your data. Name a new file.`);
  const interruption = new Interruption();
  const scratch = mkdtempSync(join(tmpdir(), 'gitops-status-demo-'));
  try {
    const database = kept ?? join(scratch, 'demo.db');
    const config = readSettings(withOptions(process.env, { ...options, database }));
    const log = await createLog(config.logLevel);
    const demo = { targets, days, seed, now: Date.now(), version, kept, log };
    await demonstrate(config, demo, interruption);
  } finally {
    rmSync(scratch, { recursive: true });
    interruption.stopListening();
  }
}

async function demonstrate(config: Config, demo: Demo, interruption: Interruption): Promise<void> {
  const { now, log, version } = demo;
  const feed = new ReportFeed(fleetReports({ ...demo, until: now + STORY_AHEAD_MS }));
  const fleet = createService(config, { log, version });
  try {
    // Checked before a month of reports is recorded.
    await requireGuarded(fleet, config);
    await declare(config, demo);
    await fillAndTell(fleet.recorder, feed, { ...demo, interruption });
  } finally {
    await fleet.close();
  }
  if (interruption.exitCode !== undefined) {
    process.exitCode = interruption.exitCode;
    return;
  }
  interruption.stopListening();
  await serveUntilStopped(config, {
    log,
    version,
    onServing: tellAddress(config),
    // The server's own recorder is used, so that open pages are updated at once.
    whileServing: ({ recorder }, signal) =>
      keepReporting(recorder, feed, { clock: Date.now, signal }).catch(
        // The recorded history can still be viewed; the fleet goes stale.
        (error) => log.error({ err: error }, 'the simulated fleet stopped reporting'),
      ),
  });
}

async function declare(config: Config, { targets, now, version }: Demo): Promise<void> {
  const store = openStore(config, version, () => now - DECLARED_AGO_MS);
  await store.declareTargets([expectedTarget({ targets })], {});
  await store.close();
}

/** Records the history up to now, and shows the progress on stderr. */
async function fillAndTell(
  recorder: Parameters<typeof fill>[0],
  feed: ReportFeed,
  { targets, days, now, kept, interruption }: Demo & { interruption: Interruption },
): Promise<void> {
  const work = { targets, days, from: now - days * DAY_MS, to: now };
  const progress = new Progress(work, {
    clock: () => performance.now(),
    write: (line) => process.stderr.write(line),
  });
  const { signal } = interruption;
  await fill(recorder, feed, {
    until: now,
    signal,
    progress: ({ count, last }) => progress.recorded(count, last.checkedAt),
  });
  if (signal.aborted) progress.interrupted(kept);
  else progress.done();
}
