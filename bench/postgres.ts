import type { Measure } from './measure.ts';
import { postgresBytes } from './postgres-bytes.ts';
import { BenchCluster } from './postgres-cluster.ts';
import { postgresEvents } from './postgres-events.ts';
import { postgresIngest } from './postgres-ingest.ts';
import { postgresMonths } from './postgres-months.ts';

/** What does PostgreSQL cost beside SQLite, on the same machine and the same disk? */
export const postgres: Measure = async (run) => {
  const cluster = BenchCluster.start();
  if (cluster === undefined) {
    run.note('skipped: no PostgreSQL 15 or newer is installed here');
    return [];
  }
  try {
    return [
      ...(await postgresIngest(run, cluster)),
      ...(await postgresBytes(run, cluster)),
      ...(await postgresMonths(run, cluster)),
      ...(await postgresEvents(run, cluster)),
    ];
  } finally {
    cluster.stop();
  }
};
