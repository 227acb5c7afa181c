import { pino } from 'pino';
import { composeService, createService, type Service } from '../src/compose.ts';
import { parseConfig } from '../src/config/config.ts';
import type { Submission } from '../src/domain/record/submission.ts';
import type { PostedReport } from '../src/domain/report.ts';
import { openPostgresStore } from '../src/store/postgres/postgres-store.ts';
import type { Store } from '../src/store/store.ts';
import type { PastReport } from './reports.ts';

/** How many reports are recorded together: as many as one POST may hold. */
const BATCH = 1000;

/** The whole service in this process, on a file. It is silent, and has a clock of the measure's choice. */
export function openScratchService(path: string, clock: () => number = Date.now): Service {
  const env = { DATABASE_URL: `sqlite:${path}`, GITOPS_STATUS_LOG_LEVEL: 'silent' };
  const config = parseConfig(env, () => '');
  return createService(config, { log: pino({ level: 'silent' }), version: '0.0.0-bench', clock });
}

/** The same on a PostgreSQL. */
export function openScratchNode(url: string, clock: () => number): Promise<Service> {
  const config = parseConfig({ DATABASE_URL: url, GITOPS_STATUS_LOG_LEVEL: 'silent' }, () => '');
  return composeService(config, { log: pino({ level: 'silent' }), version: '0.0.0-bench', clock });
}

/** Reports that are to be recorded together. */
export function submissionOf(reports: readonly PostedReport[]): Submission {
  return { reports, origin: 'report', mayTakeOver: false };
}

/**
 * Records reports in order in a database that nobody has open; returns their number and the time. The clock follows the
 * reports: none is stale when it arrives.
 */
export function fillFile(path: string, reports: Iterable<PastReport>): Promise<Filled> {
  return fill(async (clock) => openScratchService(path, clock), reports);
}

/** The same in a PostgreSQL. */
export function fillPostgres(url: string, reports: Iterable<PastReport>): Promise<Filled> {
  return fill(async (clock) => {
    const store = await openPostgresStore({ url, clock });
    return { store, close: () => store.close() };
  }, reports);
}

interface Filled {
  readonly count: number;
  readonly seconds: number;
}

type Opened = Pick<Service, 'close'> & { readonly store: Pick<Store, 'record'> };

async function fill(
  open: (clock: () => number) => Promise<Opened>,
  reports: Iterable<PastReport>,
): Promise<Filled> {
  let now = 0;
  const { store, close } = await open(() => now);
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
