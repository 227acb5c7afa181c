import { setImmediate } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.ts';
import type { MuteRecording } from '../mutes.ts';
import type { Queries } from '../queries.ts';
import type { Store } from '../store.ts';
import { acknowledgementReader, acknowledging } from './acknowledging.ts';
import { actionsInRange } from './action-table.ts';
import { alwaysHeld } from './always-held.ts';
import { checkpoints } from './checkpoint.ts';
import { commitSightings, knownCommits } from './commit-query.ts';
import { declarations } from './declaring.ts';
import { deletions } from './deleting.ts';
import { eventLog } from './event-log.ts';
import { withDatabaseName } from './failure.ts';
import { watchFiles } from './file-identity.ts';
import { periodsInRange, segmentsInRange } from './history-queries.ts';
import { incidentById, incidentsInRange } from './incident-query.ts';
import { everyMute, muteById, mutesAt } from './mute-table.ts';
import { MuteWrites } from './muting.ts';
import { storedNames } from './named-target.ts';
import { formerNamesBy } from './names.ts';
import { notificationTable } from './notification-table.ts';
import {
  type Database,
  type OpenOptions,
  openDatabase,
  openForReading,
  othersVersionOf,
  versionOf,
} from './open.ts';
import { problemReader } from './problem-reader.ts';
import { Pruning } from './pruning.ts';
import { newestPushes, pushDeletion } from './push-table.ts';
import { Recording } from './recording.ts';
import { renamings } from './renaming.ts';
import { Repairing } from './repairing.ts';
import { everyReport } from './report-export.ts';
import { reportPage } from './report-query.ts';
import { meta } from './schema.ts';
import type { BetweenSlices } from './slices.ts';
import { visitStateHistories } from './state-history-query.ts';
import { statusesAt, summariesNow } from './status-query.ts';
import { dueTargets } from './target-table.ts';
import { tokenTable } from './token-table.ts';
import { toldAbout } from './told-query.ts';
import { Writing } from './writing.ts';

/**
 * A probe writes this much after a failed write: a full disk may have one free page, which is not enough for reports.
 */
const REFUSED_BYTES = 256 * 1024;

interface Options extends OpenOptions {
  /** The current time in epoch milliseconds, for `received_at`, deletions and staleness. */
  readonly clock: () => number;
  /** Copies the log into the file in another thread; without it, commits do that from time to time. */
  readonly checkpoint?: ((path: string) => Promise<void>) | undefined;
  /** Called when the file was deleted or replaced while it is open, and again when it is back. */
  readonly onReplaced?: (problem: string | undefined) => void;
  /** Lets other work of this thread go first. */
  readonly turn?: () => Promise<unknown>;
}

/**
 * The store in one SQLite file, or in `:memory:`. Throws if the file cannot be opened, is not a database, or has the
 * schema of another version. `busyTimeoutMs`: how long a write waits for another process.
 */
export function openSqliteStore({
  clock,
  checkpoint,
  onReplaced = () => undefined,
  turn = () => setImmediate(),
  ...options
}: Options): Store {
  const db = openDatabase(options);
  const client = db.$client;
  const recording = new Recording(client);
  const pruning = new Pruning(client);
  let roomToProve = 0;
  const replaced = watchFiles(options.path, onReplaced);
  const copyLog = checkpoint === undefined ? () => undefined : checkpoints(client, checkpoint);
  const writing = new Writing(db, options, {
    committed() {
      // The new rows may be in a file that no longer has a name.
      const problem = replaced();
      if (problem !== undefined) throw new DomainError('unsound', problem);
      copyLog();
    },
    rolledBack() {
      roomToProve = REFUSED_BYTES;
      recording.forget();
    },
  });
  const repairing = new Repairing(client);
  const due = dueTargets(client);

  return {
    ...queriesOf(db, () => undefined),
    ...problemReader(client),
    ...notificationTable(client, (work) => writing.transaction(work)),
    ...targetRecording(db, { writing, clock }),
    ...muteRecording(db, { writing, clock }),
    tokens: tokenTable(db, writing),
    leases: alwaysHeld(),
    replaced,
    async record(submissions) {
      await recording.prepare(submissions, turn);
      return writing.transaction(() => recording.record(submissions, clock()));
    },
    async recordTimeChanges(limit) {
      const ids = withDatabaseName(options.path, () => due(clock(), limit));
      return ids.length === 0 ? 0 : writing.transaction(() => recording.recordTimeChanges(ids, clock()));
    },
    async *prune(horizons, batchMs) {
      yield* pruning.batches(horizons, {
        batchMs,
        now: clock(),
        write: (work) => writing.transaction(work),
        orphansRemoved: () => recording.forget(),
      });
    },
    async removeFuture() {
      const targets = repairing.targetsAhead(clock());
      let reports = 0;
      for (const id of targets) reports += await writing.transaction(() => repairing.repair(id, clock()));
      return { reports, targets: targets.length };
    },
    async probe() {
      const value = `${performance.now()}${' '.repeat(roomToProve)}`;
      const upsert = db.insert(meta).values({ key: 'probe', value });
      await writing.transaction(() => upsert.onConflictDoUpdate({ target: meta.key, set: { value } }).run());
      roomToProve = 0;
    },
    async close() {
      client.close();
    },
  };
}

type TargetRecording = Pick<Store, 'deleteTarget' | 'declareTargets' | 'renameTarget' | 'deletePushes'>;

function targetRecording(
  db: Database,
  { writing, clock }: { writing: Writing; clock: () => number },
): TargetRecording {
  const deleting = deletions(db);
  const declare = declarations(db);
  const rename = renamings(db);
  const deletePushes = pushDeletion(db.$client);
  return {
    async deleteTarget(target, { purge, actor }) {
      const remove = purge ? deleting.purge : deleting.hide;
      return writing.transaction(() => remove(target, { actor, now: clock() }));
    },
    async declareTargets(targets, { actor }) {
      return writing.transaction(() => {
        const by = { actor, now: clock() };
        return targets.map((target) => declare(target, by));
      });
    },
    renameTarget: (names, { actor }) => writing.transaction(() => rename(names, { actor, now: clock() })),
    deletePushes: (group, check) => writing.transaction(() => deletePushes(group, check)),
  };
}

function muteRecording(
  db: Database,
  { writing, clock }: { writing: Writing; clock: () => number },
): MuteRecording {
  const mutes = new MuteWrites(db);
  const acknowledged = acknowledging(db.$client);
  return {
    addMute: (terms, { actor }) => writing.transaction(() => mutes.add(terms, { actor, now: clock() })),
    changeMute: (id, terms, { actor }) =>
      writing.transaction(() => mutes.change(id, terms, { actor, now: clock() })),
    endMute: (id, { actor }) => writing.transaction(() => mutes.end(id, { actor, now: clock() })),
    async endMutesThatAreOver() {
      const isAny = withDatabaseName(db.$client.name, () => mutes.over(clock()).length > 0);
      return isAny ? writing.transaction(() => mutes.endThoseOver(clock())) : 0;
    },
    acknowledge: (id, note, { actor }) =>
      writing.transaction(() => acknowledged.acknowledge(id, note, { actor, now: clock() })),
    endAcknowledgement: (id, { actor }) =>
      writing.transaction(() => acknowledged.end(id, { actor, now: clock() })),
  };
}

interface ReadOptions extends OpenOptions {
  /** Called repeatedly during a long answer; if it throws, the answer is given up. */
  readonly betweenSlices?: BetweenSlices;
}

/** The same database, through a connection that can change nothing in it. */
export function openSqliteQueries(
  options: ReadOptions,
): Queries & Pick<Store, 'eventsAfter' | 'eventBounds' | 'close'> {
  const { betweenSlices = () => undefined } = options;
  const db = openForReading(options);
  return {
    ...queriesOf(db, betweenSlices),
    async close() {
      db.$client.close();
    },
  };
}

function queriesOf(
  db: Database,
  betweenSlices: BetweenSlices,
): Queries & Pick<Store, 'eventsAfter' | 'eventBounds'> {
  const client = db.$client;
  const names = storedNames(client);
  const version = versionOf(client);
  const read = <T>(work: () => T): T => withDatabaseName(client.name, work);
  return {
    ...eventLog(client),
    version,
    latestVersion: async () => version(),
    othersVersion: othersVersionOf(client),
    async formerNames(filter) {
      return read(() => formerNamesBy(client, filter));
    },
    async statuses(filter, at, part) {
      return read(() => statusesAt(db, names.filter(filter), { at, part, betweenSlices }));
    },
    async summaries(filter) {
      return read(() => summariesNow(db, names.filter(filter), betweenSlices));
    },
    async pushes(filter) {
      return read(() => newestPushes(client, names.filter(filter), betweenSlices));
    },
    async periods(filter, range, part) {
      return read(() => periodsInRange(db, names.filter(filter), { range, part, betweenSlices }));
    },
    async stateHistories(filter, range, visit, part) {
      return read(() => visitStateHistories(db, names.filter(filter), { range, visit, part, betweenSlices }));
    },
    async segments(filter, range, part) {
      return read(() => segmentsInRange(db, names.filter(filter), { range, part, betweenSlices }));
    },
    async incidents(filter, range, part) {
      return read(() => incidentsInRange(db, names.filter(filter), { range, part, betweenSlices }));
    },
    async incident(id) {
      return read(() => incidentById(client, id));
    },
    async knownCommits(filter, texts) {
      return read(() => knownCommits(db, names.filter(filter), { texts, betweenSlices }));
    },
    async commitSightings(filter, asked, part) {
      return read(() => commitSightings(db, names.filter(filter), { asked, part, betweenSlices }));
    },
    async reports(filter, page) {
      return read(() => reportPage(db, names.filter(filter), { ...page, betweenSlices }));
    },
    async actions(filter, range, { limit }) {
      return read(() => actionsInRange(client, names.filter(filter), { range, limit, betweenSlices }));
    },
    async mutesAt(at) {
      return read(() => mutesAt(client, at));
    },
    async everyMute() {
      return read(() => everyMute(client));
    },
    async muteById(id) {
      return read(() => muteById(client, id));
    },
    async toldAbout(target) {
      return read(() => toldAbout(client, names.target(target)));
    },
    acknowledgementOf: acknowledgementReader(client),
    async *everyReport(filter) {
      yield* everyReport(client, names.filter(filter));
    },
  };
}
