import { and, eq } from 'drizzle-orm';
import type { Range } from '../../domain/instant.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import type { Store } from '../store.ts';
import { guardWrite } from './failure.ts';
import { incidentsInRange, periodsInRange } from './history-queries.ts';
import { type OpenOptions, openDatabase } from './open.ts';
import { Recording } from './recording.ts';
import { reportPage } from './report-query.ts';
import { meta, targets } from './schema.ts';
import { Standings } from './standings.ts';
import { statusesAt } from './status-query.ts';

/**
 * The store in one SQLite file; `:memory:` for one that forgets. Throws where the file cannot be opened, is no
 * database, or was written by a newer version than `version`. `busyTimeoutMs`: how long a write waits for another process.
 */
export function openSqliteStore(options: OpenOptions): Store {
  const db = openDatabase(options);
  const recording = new Recording(db);
  const standings = new Standings(db.$client);
  // IMMEDIATE takes the write lock at the start: there is no half-done transaction to lose it in.
  const write = <T>(work: () => T): T => guardWrite(() => db.$client.transaction(work).immediate());

  return {
    async record(reports: readonly Report[]) {
      const recorded = write(() => reports.map((report) => recording.record(report)));
      standings.recorded(reports, recorded);
      return recorded;
    },
    async statuses(filter, at = Number.MAX_SAFE_INTEGER) {
      return statusesAt(db, filter, at);
    },
    async standings() {
      return standings.read();
    },
    async periods(filter, range: Range) {
      return periodsInRange(db, filter, range);
    },
    async incidents(filter, range) {
      return incidentsInRange(db, filter, range);
    },
    async reports(filter, page) {
      return reportPage(db, filter, page);
    },
    async forget({ repo, server }: Target) {
      const isNamed = and(eq(targets.repo, repo), eq(targets.server, server));
      const wasKnown = write(() => db.delete(targets).where(isNamed).run().changes > 0);
      standings.reset();
      return wasKnown;
    },
    async probe() {
      const value = String(performance.now());
      const upsert = db.insert(meta).values({ key: 'probe', value });
      write(() => upsert.onConflictDoUpdate({ target: meta.key, set: { value } }).run());
    },
    async close() {
      db.$client.close();
    },
  };
}
