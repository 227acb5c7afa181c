import type { MuteRecording } from '../mutes.ts';
import type { Queries } from '../queries.ts';
import type { Store } from '../store.ts';
import { acknowledge, endAcknowledgement } from './acknowledging.ts';
import { PATIENCE } from './connection.ts';
import { PostgresLeases } from './lease.ts';
import { migrate } from './migrate.ts';
import { addMute, changeMute, endMute, endMutesOver, mutesOver } from './muting.ts';
import { databaseClock } from './node-row.ts';
import { notificationTable } from './notification-table.ts';
import { eventLog } from './numbering.ts';
import { Partitions } from './partitions.ts';
import { answersOf } from './postgres-queries.ts';
import { problemReader } from './problem-reader.ts';
import { Pruning } from './pruning.ts';
import { deletePushes } from './push-table.ts';
import { createReading, type Reading } from './reading.ts';
import { Recording, withInstants } from './recording.ts';
import { removeFuture } from './repairing.ts';
import { ReplicaFirst } from './replica-first.ts';
import { everyReport } from './report-export.ts';
import { Servers } from './servers.ts';
import type { Session } from './session.ts';
import { declareTargets, deleteTarget, renameTarget } from './target-changes.ts';
import { TimeChanges } from './time-changes.ts';
import { tokenTable } from './token-table.ts';
import type { Transaction } from './transaction.ts';
import { Versions } from './versions.ts';
import { Writer } from './writer.ts';

/** What the thread that records reads itself: events, tokens, what messages are about. */
const READERS = 4;

interface Options {
  /** As in `DATABASE_URL`. */
  readonly url: string;
  /** As in `DATABASE_READ_URL`: exports are read there. */
  readonly readUrl?: string | undefined;
  /** What the store takes for now, by the clock of the database: only tests have another. Epoch milliseconds. */
  readonly clock?: (databaseNow: number) => number;
  /** How long a write is tried. */
  readonly tryMs?: number;
}

/** The store in one PostgreSQL, which any number of processes may use at the same time. */
export async function openPostgresStore({
  url,
  readUrl,
  clock = (databaseNow) => databaseNow,
  tryMs,
}: Options): Promise<Store> {
  await migrate(url);
  const servers = Servers.primary(url);
  const reading = createReading(servers, { connections: READERS });
  // Every request waits for its answers, so it waits for no question, and soon gives up a server that is gone.
  const control = createReading(servers, { connections: 3, patience: PATIENCE.control });
  const versions = new Versions(control);
  const partitions = new Partitions({ session: control.session, clock: () => clock(Date.now()) });
  const recording = new Recording(clock, partitions);
  const writer = new Writer({
    servers,
    tryMs,
    onFailure: () => recording.forget(),
    onCommit: () => versions.committed(),
  });
  const exporting =
    readUrl === undefined ? reading : replicaFirst(readUrl, { reading, versions: versions.queries() });
  versions.follow(() => writer.nodeId);
  const pruning = new Pruning({
    servers,
    partitions,
    writer,
    session: reading.session,
    orphansRemoved: () => recording.forget(),
  });
  const leases = new PostgresLeases(writer);
  const fence = () => leases.fenceOf('jobs');
  const time = new TimeChanges({ writer, session: reading.session, clock, fence });
  async function close() {
    leases.close();
    await versions.close();
    await writer.close();
    await reading.close();
  }
  try {
    await partitions.ensure([await databaseClock(reading.session)]);
    await writer.probe();
    await versions.look();
  } catch (error) {
    await close();
    throw error;
  }

  return {
    ...answersOf(reading, () => undefined),
    ...versions.queries(),
    everyReport: (filter) => everyReport(exporting, filter),
    ...eventLog(control.session),
    tokens: tokenTable({ writer, session: control.session }),
    leases,
    replaced: () => undefined,
    record(submissions) {
      let sent = submissions;
      return writer.transaction(async (session) => {
        const outcomes = await recording.record(session, sent);
        sent = withInstants(sent, outcomes);
        return outcomes;
      });
    },
    ...targetRecording({ writer, clock }),
    ...problemReader(reading),
    ...notificationTable({ session: reading.session, writer }),
    ...muteRecording({ writer, session: reading.session, clock }),
    recordTimeChanges: (limit) => time.record(limit),
    async *prune(horizons, batchMs) {
      const now = clock(await databaseClock(reading.session));
      yield* pruning.batches(horizons, { now, batchMs });
    },
    removeFuture: () => removeFuture({ writer, session: reading.session, clock, partitions }),
    probe: () => writer.probe(),
    close,
  };
}

/** An export keeps its snapshot for long. On a replica that does not slow down writers. */
function replicaFirst(
  readUrl: string,
  { reading, versions }: { reading: Reading; versions: Pick<Queries, 'latestVersion'> },
): Pick<Reading, 'longSnapshot'> {
  const replica = createReading(Servers.forReading(readUrl), { connections: 1 });
  // Ignoring that the replica is away is safe: the primary has the same reports.
  const both = new ReplicaFirst({ primary: reading, replica, onAway: () => undefined });
  return {
    async longSnapshot() {
      both.begin(await versions.latestVersion());
      return both.longSnapshot();
    },
  };
}

type TargetRecording = Pick<Store, 'declareTargets' | 'renameTarget' | 'deleteTarget' | 'deletePushes'>;

function targetRecording({
  writer,
  clock,
}: {
  writer: Writer;
  clock: (databaseNow: number) => number;
}): TargetRecording {
  return {
    declareTargets: (targets, { actor }) =>
      writer.transaction((session) => declareTargets(session, targets, { actor, clock })),
    renameTarget: (names, { actor }) =>
      writer.transaction((session) => renameTarget(session, names, { actor, clock })),
    deleteTarget: (target, { purge, actor }) =>
      writer.transaction((session) => deleteTarget(session, target, { purge, actor, clock })),
    deletePushes: (group, check) => writer.transaction((session) => deletePushes(session, group, check)),
  };
}

function muteRecording({
  writer,
  session,
  clock,
}: {
  writer: Writer;
  session: Session;
  clock: (databaseNow: number) => number;
}): MuteRecording {
  const write = <T>(work: (transaction: Transaction) => Promise<T>) => writer.transaction(work);
  return {
    addMute: (terms, { actor }) => write((one) => addMute(one, terms, { actor, clock })),
    changeMute: (id, terms, { actor }) => write((one) => changeMute(one, id, { terms, actor, clock })),
    endMute: (id, { actor }) => write((one) => endMute(one, id, { actor, clock })),
    async endMutesThatAreOver() {
      const over = await mutesOver(session, clock(await databaseClock(session)));
      return over.length === 0 ? 0 : write((one) => endMutesOver(one, clock));
    },
    acknowledge: (id, note, { actor }) => write((one) => acknowledge(one, id, { note, actor, clock })),
    endAcknowledgement: (id, { actor }) => write((one) => endAcknowledgement(one, id, { actor, clock })),
  };
}
