import type { MuteRecording } from '../mutes.ts';
import type { Queries } from '../queries.ts';
import type { Store } from '../store.ts';
import { acknowledge, acknowledgementOf, endAcknowledgement } from './acknowledging.ts';
import { actionsInRange } from './action-table.ts';
import { commitSightings, knownCommits } from './commit-query.ts';
import { periodsInRange, segmentsInRange } from './history-queries.ts';
import { incidentById, incidentsInRange } from './incident-query.ts';
import { PostgresLeases } from './lease.ts';
import { migrate } from './migrate.ts';
import { everyMute, muteById, mutesAt } from './mute-table.ts';
import { addMute, changeMute, endMute, endMutesOver, mutesOver } from './muting.ts';
import { formerNamesBy } from './names.ts';
import { databaseClock } from './node-row.ts';
import { notificationTable } from './notification-table.ts';
import { eventLog } from './numbering.ts';
import { Partitions } from './partitions.ts';
import { problemReader } from './problem-reader.ts';
import { Pruning } from './pruning.ts';
import { deletePushes, newestPushes } from './push-table.ts';
import { createReading, type Reading } from './reading.ts';
import { Recording, withInstants } from './recording.ts';
import { removeFuture } from './repairing.ts';
import { everyReport } from './report-export.ts';
import { reportPage } from './report-query.ts';
import type { Session } from './session.ts';
import type { BetweenSlices } from './slices.ts';
import { visitStateHistories } from './state-history-query.ts';
import { statusesNow, summariesNow } from './status-query.ts';
import { statusesThen } from './status-then-query.ts';
import { declareTargets, deleteTarget, renameTarget } from './target-changes.ts';
import { TimeChanges } from './time-changes.ts';
import { tokenTable } from './token-table.ts';
import { toldAbout } from './told-query.ts';
import { Versions } from './versions.ts';
import { Writer } from './writer.ts';

interface Options {
  /** As in `DATABASE_URL`. */
  readonly url: string;
  /** What the store takes for now, by the clock of the database: only tests have another. Epoch milliseconds. */
  readonly clock?: (databaseNow: number) => number;
  /** How long a write is tried. */
  readonly tryMs?: number;
}

/** The store in one PostgreSQL, which any number of processes may use at the same time. */
export async function openPostgresStore({
  url,
  clock = (databaseNow) => databaseNow,
  tryMs,
}: Options): Promise<Store> {
  await migrate(url);
  const reading = createReading(url);
  const partitions = new Partitions(reading.session);
  const recording = new Recording(clock, partitions);
  const versions = new Versions(reading.session);
  const writer = new Writer({
    url,
    tryMs,
    onFailure: () => recording.forget(),
    onCommit: () => versions.committed(),
  });
  versions.follow(() => writer.nodeId);
  const pruning = new Pruning({
    url,
    partitions,
    writer,
    session: reading.session,
    orphansRemoved: () => recording.forget(),
  });
  const leases = new PostgresLeases(writer);
  const fence = () => leases.fenceOf('jobs');
  const time = new TimeChanges({ writer, session: reading.session, clock, fence });
  await partitions.ensureAhead(await databaseClock(reading.session));
  await writer.probe();
  await versions.look();

  return {
    ...queriesOf(reading, versions),
    ...eventLog(reading.session),
    tokens: tokenTable({ writer, session: reading.session }),
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
    declareTargets: (targets, { actor }) =>
      writer.transaction((session) => declareTargets(session, targets, { actor, clock })),
    renameTarget: (names, { actor }) =>
      writer.transaction((session) => renameTarget(session, names, { actor, clock })),
    deleteTarget: (target, { purge, actor }) =>
      writer.transaction((session) => deleteTarget(session, target, { purge, actor, clock })),
    deletePushes: (group, check) => writer.transaction((session) => deletePushes(session, group, check)),
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
    async close() {
      versions.close();
      leases.close();
      await writer.close();
      await reading.close();
    },
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
  const write = <T>(work: (session: Session) => Promise<T>) => writer.transaction(work);
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

const ANY_TIME: BetweenSlices = () => undefined;

function queriesOf(reading: Reading, versions: Versions): Queries {
  const betweenSlices = ANY_TIME;
  return {
    version: () => versions.version(),
    othersVersion: () => versions.others,
    formerNames: (filter) => formerNamesBy(reading.session, filter),
    statuses: (filter, at, part) =>
      reading.snapshot((session) =>
        at === undefined
          ? statusesNow(session, filter, { part, betweenSlices })
          : statusesThen(session, filter, { instant: at, part, betweenSlices }),
      ),
    summaries: (filter) => reading.snapshot((session) => summariesNow(session, filter, betweenSlices)),
    pushes: (filter) => reading.snapshot((session) => newestPushes(session, filter, betweenSlices)),
    periods: (filter, range, part) =>
      reading.snapshot((session) => periodsInRange(session, filter, { range, part, betweenSlices })),
    stateHistories: (filter, range, visit, part) =>
      reading.snapshot((session) =>
        visitStateHistories(session, filter, { range, visit, part, betweenSlices }),
      ),
    segments: (filter, range, part) =>
      reading.snapshot((session) => segmentsInRange(session, filter, { range, part, betweenSlices })),
    incidents: (filter, range, part) =>
      reading.snapshot((session) => incidentsInRange(session, filter, { range, part, betweenSlices })),
    incident: (id) => reading.snapshot((session) => incidentById(session, id)),
    reports: (filter, query) =>
      reading.snapshot((session) => reportPage(session, filter, { ...query, betweenSlices })),
    knownCommits: (filter, texts) =>
      reading.snapshot((session) => knownCommits(session, filter, { texts, betweenSlices })),
    commitSightings: (filter, asked, part) =>
      reading.snapshot((session) => commitSightings(session, filter, { asked, part, betweenSlices })),
    mutesAt: (at) => reading.snapshot((session) => mutesAt(session, at)),
    everyMute: () => reading.snapshot(everyMute),
    muteById: (id) => reading.snapshot((session) => muteById(session, id)),
    toldAbout: (target) => toldAbout(reading.session, target),
    acknowledgementOf: (id) => acknowledgementOf(reading.session, id),
    actions: (filter, range, { limit }) =>
      reading.snapshot((session) => actionsInRange(session, filter, { range, limit, betweenSlices })),
    everyReport: (filter) => everyReport(reading, filter),
  };
}
