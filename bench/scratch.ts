import { pino } from 'pino';
import { parseConfig } from '../src/config.ts';
import type { Report } from '../src/domain/report.ts';
import { createService, type Service } from '../src/service.ts';
import type { Store } from '../src/store/store.ts';

/** The whole service, as it is started for real, on a file. Silent, and with a clock of the measure's choice. */
export function openScratchService(path: string, clock: () => number = Date.now): Service {
  const env = { DATABASE_URL: `sqlite:${path}`, GITOPS_STATUS_LOG_LEVEL: 'silent' };
  const config = parseConfig(env, () => '');
  return createService(config, { log: pino({ level: 'silent' }), version: '0.0.0-bench', clock });
}

/** Records reports as they come, some thousand at a time; tells how many and how long it took. */
export async function fillStore(
  store: Store,
  reports: Iterable<Report>,
): Promise<{ count: number; seconds: number }> {
  const startedAt = performance.now();
  let count = 0;
  for (const batch of inBatches(reports, 2000)) {
    await store.record(batch);
    count += batch.length;
  }
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
