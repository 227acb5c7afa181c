import { and, eq } from 'drizzle-orm';
import type { Range } from '../../domain/instant.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import type { Store } from '../store.ts';
import type { TokenStore } from '../token-store.ts';
import { type Changed, Changes } from './changes.ts';
import { namingDamage } from './failure.ts';
import { incidentsInRange, periodsInRange } from './history-queries.ts';
import { type Database, type OpenOptions, openDatabase, openForReading, revisions } from './open.ts';
import { Pruning } from './pruning.ts';
import { Recording } from './recording.ts';
import { everyReport } from './report-export.ts';
import { reportPage } from './report-query.ts';
import { meta, targets } from './schema.ts';
import { Standings } from './standings.ts';
import { NOW, statusesAt } from './status-query.ts';
import { Statuses, type TellChanges } from './statuses.ts';
import { tokenTable } from './token-table.ts';
import { Writing } from './writing.ts';

/** What a probe writes after a write was refused: on a full disk the last free page is no room for reports. */
const REFUSED_BYTES = 256 * 1024;

export interface SqliteStore extends Store {
  readonly tokens: TokenStore;
  /** For who keeps what another connection has read: each call tells what was committed here since the one before. */
  followChanges(): () => Changed;
}

interface Options extends OpenOptions {
  /** Who tells what is committed, where another connection writes. Without, whatever another one writes is anything. */
  readonly tellChanges?: TellChanges;
}

/**
 * The store in one SQLite file; `:memory:` for one that forgets. Throws where the file cannot be opened, is no
 * database, or was written by a newer version than `version`. `busyTimeoutMs`: how long a write waits for another process.
 */
export function openSqliteStore(options: Options): SqliteStore {
  const db = options.readOnly ? openForReading(options) : openDatabase(options);
  const recording = new Recording(db);
  const standings = new Standings(db.$client);
  const changes = new Changes(db.$client);
  const pruning = new Pruning(db.$client);
  let roomToProve = 0;
  const writing = new Writing(db, options, () => {
    roomToProve = REFUSED_BYTES;
    recording.forget();
  });

  return {
    tokens: tokenTable(db),
    async record(reports: readonly Report[]) {
      return writing.patiently(
        () => recording.recordAll(reports),
        (recorded) => {
          changes.recorded(reports, recorded);
          standings.recorded(reports, recorded);
        },
      );
    },
    ...readVerbs(db, options.tellChanges ?? changes.follow()),
    async standings() {
      return namingDamage(options.path, () => standings.read());
    },
    async *prune(horizons, batchMs) {
      yield* pruning.batches(horizons, {
        batchMs,
        write: (work) =>
          writing.patiently(work, ({ pruned }) => {
            if (pruned.periods + pruned.incidents > 0) changes.reset();
          }),
        orphansRemoved: () => recording.forgetInterned(),
      });
    },
    async forget(target: Target) {
      const { repo, server } = target;
      const isNamed = and(eq(targets.repo, repo), eq(targets.server, server));
      return writing.patiently(
        () => db.delete(targets).where(isNamed).run().changes > 0,
        () => {
          changes.forgotten(target);
          standings.reset();
          recording.forget();
        },
      );
    },
    async probe() {
      const value = `${performance.now()}${' '.repeat(roomToProve)}`;
      const upsert = db.insert(meta).values({ key: 'probe', value });
      await writing.patiently(() => upsert.onConflictDoUpdate({ target: meta.key, set: { value } }).run());
      roomToProve = 0;
    },
    followChanges: () => changes.follow(),
    async close() {
      db.$client.close();
    },
  };
}

/** What is only asked, of the database as it is. */
function readVerbs(db: Database, tellChanges: TellChanges) {
  const revision = revisions(db);
  const kept = new Statuses(db, tellChanges);
  const read = <T>(work: () => T): T => namingDamage(db.$client.name, work);
  return {
    async revision() {
      return revision();
    },
    async statuses(filter, at) {
      const isFiltered = filter.repos !== undefined || filter.servers !== undefined;
      if (at === undefined && !isFiltered) return kept.read();
      return read(() => statusesAt(db, filter, at ?? NOW));
    },
    async periods(filter, range: Range) {
      return read(() => periodsInRange(db, filter, range));
    },
    async incidents(filter, range) {
      return read(() => incidentsInRange(db, filter, range));
    },
    async reports(filter, page) {
      return read(() => reportPage(db, filter, page));
    },
    async *everyReport(filter) {
      yield* everyReport(db.$client, filter);
    },
  } satisfies Partial<Store>;
}
