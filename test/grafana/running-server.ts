import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../src/database.ts';
import { fleetReports } from '../../src/demo/fleet.ts';
import type { PostedReport } from '../../src/domain/report.ts';
import { ServerProcess } from '../e2e/server-process.ts';
import { NOON, recordAll } from '../fixtures.ts';
import { folderInMemory } from '../folder-in-memory.ts';

/** As many as share a transaction. */
const BATCH = 1000;

const STOPPED_CLOCK = fileURLToPath(new URL('./stopped-clock.mjs', import.meta.url));

/** The shipped server with some reports, at noon: only the wire shows a status line. */
export class RunningServer {
  readonly #process: ServerProcess;
  readonly #folder: string;

  private constructor(process: ServerProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  static async start(reports: Iterable<PostedReport> = []): Promise<RunningServer> {
    const folder = folderInMemory();
    const databasePath = join(folder, 'status.db');
    const store = openStore({ databasePath }, '0.0.0-test', () => NOON);
    for (const batch of batchesOf(reports)) await recordAll(store, batch);
    await store.close();
    const env = { CLOCK_STOPPED_AT: String(NOON) };
    return new RunningServer(
      await ServerProcess.start(databasePath, { env, preload: STOPPED_CLOCK }),
      folder,
    );
  }

  get url(): string {
    return this.#process.url;
  }

  json(path: string): Promise<unknown> {
    return this.#process.json(path);
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

/** A simulated fleet up to noon. */
export function demoFleet(targets: number, days: number): Iterable<PostedReport> {
  return fleetReports({ targets, days, seed: 1, now: NOON, until: NOON });
}

function* batchesOf(reports: Iterable<PostedReport>): Generator<PostedReport[]> {
  let batch: PostedReport[] = [];
  for (const report of reports) {
    batch.push(report);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
