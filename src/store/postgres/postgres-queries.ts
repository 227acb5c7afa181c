import { randomUUID } from 'node:crypto';
import type { EventLog } from '../event-log.ts';
import type { Queries } from '../queries.ts';
import { acknowledgementOf } from './acknowledging.ts';
import { actionsInRange } from './action-table.ts';
import { commitSightings, knownCommits } from './commit-query.ts';
import { readerPatience } from './connection.ts';
import { periodsInRange, segmentsInRange } from './history-queries.ts';
import { incidentById, incidentsInRange } from './incident-query.ts';
import { everyMute, muteById, mutesAt } from './mute-table.ts';
import { formerNamesBy } from './names.ts';
import { numberedBounds } from './numbering.ts';
import { newestPushes } from './push-table.ts';
import { createReading, type Reading } from './reading.ts';
import { ReplicaFirst } from './replica-first.ts';
import { everyReport } from './report-export.ts';
import { reportPage } from './report-query.ts';
import { Servers } from './servers.ts';
import type { BetweenSlices } from './slices.ts';
import { visitStateHistories } from './state-history-query.ts';
import { statusesNow, summariesNow } from './status-query.ts';
import { statusesThen } from './status-then-query.ts';
import { toldAbout } from './told-query.ts';

type Answers = Omit<Queries, 'version' | 'othersVersion' | 'latestVersion'>;

/** All that is read of the database. `betweenSlices` is also called before each moment that is read. */
export function answersOf(all: Reading, betweenSlices: BetweenSlices): Answers {
  const reading: Pick<Reading, 'snapshot' | 'session'> = {
    session: all.session,
    snapshot: (work) =>
      all.snapshot((session) => {
        betweenSlices();
        return work(session);
      }),
  };
  return {
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
    everyReport: (filter) => everyReport(all, filter),
  };
}

/** A question reads one snapshot after the other, and at most two at the same time. */
const CONNECTIONS = 2;

interface ReadOptions {
  readonly url: string;
  /** Where to read instead, as soon as it has what a question must see. */
  readonly readUrl?: string | undefined;
  /** How long a question may take. */
  readonly questionMs: number;
  /** Throws if the answer is no longer wanted. */
  readonly betweenSlices: BetweenSlices;
  readonly onReplicaAway: (error: unknown) => void;
}

interface OneQuestion {
  /**
   * Begins a question, which must see everything that was committed at this version; if that is not known the primary
   * answers. There is one at a time.
   */
  begin(version: string | undefined): void;
  /** Ends all statements of the question. */
  giveUp(): void;
  close(): Promise<void>;
}

/** The same database for one question after the other, through connections that change nothing in it. */
export function openPostgresQueries({
  url,
  readUrl,
  questionMs,
  betweenSlices,
  onReplicaAway,
}: ReadOptions): Queries & Pick<EventLog, 'eventBounds'> & OneQuestion {
  const options = { connections: CONNECTIONS, patience: readerPatience(questionMs) };
  const primary = createReading(Servers.primary(url), options);
  const replicaFirst =
    readUrl === undefined
      ? undefined
      : new ReplicaFirst({
          primary,
          replica: createReading(Servers.forReading(readUrl), options),
          onAway: onReplicaAway,
        });
  const reading = replicaFirst ?? primary;
  let version = '';
  return {
    ...answersOf(reading, betweenSlices),
    version: () => version,
    othersVersion: () => version,
    latestVersion: async () => version,
    // Events that still wait for their numbers are sent to listeners later.
    eventBounds: () => numberedBounds(reading.session),
    begin(seen) {
      // Without a version, no remembered answer can be reused.
      version = seen ?? randomUUID();
      replicaFirst?.begin(seen);
    },
    giveUp: () => reading.giveUp(),
    close: () => reading.close(),
  };
}
