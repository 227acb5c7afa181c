import { pino } from 'pino';
import { createService, type Service } from '../src/compose.ts';
import { parseConfig } from '../src/config/config.ts';
import type { Submission } from '../src/domain/record/submission.ts';
import type { PostedReport } from '../src/domain/report.ts';
import type { PastReport } from './reports.ts';

/** How many reports are recorded together: as many as one POST may hold. */
const BATCH = 1000;

/** The whole service in this process, on a file. It is silent, and has a clock of the measure's choice. */
export function openScratchService(path: string, clock: () => number = Date.now): Service {
  const env = { DATABASE_URL: `sqlite:${path}`, GITOPS_STATUS_LOG_LEVEL: 'silent' };
  const config = parseConfig(env, () => '');
  return createService(config, { log: pino({ level: 'silent' }), version: '0.0.0-bench', clock });
}

/** Reports that are to be recorded together. */
export function submissionOf(reports: readonly PostedReport[]): Submission {
  return { reports, origin: 'report', mayTakeOver: false };
}

/**
 * Records reports in order in a database that nobody has open; returns their number and the time. The clock follows the
 * reports: none is stale when it arrives.
 */
export async function fillFile(
  path: string,
  reports: Iterable<PastReport>,
): Promise<{ count: number; seconds: number }> {
  let now = 0;
  const { store, close } = openScratchService(path, () => now);
  const startedAt = performance.now();
  let count = 0;
  for (const batch of inBatches(reports, BATCH)) {
    now = Math.max(...batch.map(({ receivedAt }) => receivedAt));
    const [outcome] = await store.record([submissionOf(batch)]);
    if (outcome?.kind !== 'recorded') throw new Error(`Refused: ${JSON.stringify(outcome)}`);
    count += batch.length;
  }
  await close();
  return { count, seconds: (performance.now() - startedAt) / 1000 };
}

function* inBatches<T>(items: Iterable<T>, size: number): Generator<T[], void> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
