import type { AnonymousWord } from '../config/config.ts';
import type { PeopleSettings } from '../config/people.ts';
import type { EventTail } from '../events/tail.ts';
import type { Recorder } from '../ingest/recorder.ts';
import type { TargetSeries } from '../metrics/families.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { Courier } from '../notify/courier.ts';
import type { EventLog } from '../store/event-log.ts';
import type { DatabaseHealth } from '../store/health.ts';
import type { Queries } from '../store/queries.ts';
import type { Store } from '../store/store.ts';
import type { Ask } from './ask.ts';
import type { TokenDirectory } from './auth/token-directory.ts';
import type { Bodies } from './bodies/bodies.ts';

/** What the query routes need, in any thread. */
export interface QueryDeps {
  readonly store: Queries & Pick<EventLog, 'eventBounds'>;
  /** Now, in epoch milliseconds. */
  readonly clock: () => number;
  readonly log: Pick<Log, 'error'>;
  readonly version: string;
}

/** What the HTTP side needs from the rest of the service. */
export interface HttpDeps extends QueryDeps {
  readonly store: Store;
  readonly health: DatabaseHealth;
  readonly tokens: TokenDirectory;
  readonly recorder: Pick<Recorder, 'submit'>;
  readonly tail: Pick<EventTail, 'subscribe' | 'watch'>;
  readonly log: Log;
  readonly metrics: ServerMetrics;
  readonly settings: HttpSettings;
  /** If absent, the limits of the settings hold. */
  readonly bodies?: Bodies;
  /** Answers queries in another thread; absent if this thread answers them. */
  readonly ask?: Ask | undefined;
  /** Whether the server was told to stop, and only answers until load balancers have noticed. Absent: it never is. */
  readonly isStopping?: () => boolean;
  /** Absent where nobody is told anything. */
  readonly courier?: Pick<Courier, 'problem'> | undefined;
}

export interface HttpSettings {
  readonly staleAfterMs: number;
  /** The interval of a push that does not state one. */
  readonly pushIntervalMs: number | undefined;
  /** Which series each target has in `/metrics`. */
  readonly targetSeries: TargetSeries;
  readonly retentionReportsMs: number;
  readonly maxReportBytes: number;
  readonly maxBatchBytes: number;
  readonly maxConnections: number;
  /** The time limit of a question. */
  readonly questionTimeoutMs: number;
  /** The address that it listens on. On loopback everything is allowed until the first token is made. */
  readonly host: string;
  /** Nothing is allowed before there is a token, even on loopback. */
  readonly requireToken: boolean;
  readonly anonymous: readonly AnonymousWord[];
  readonly trustedProxies: readonly string[];
  readonly people: PeopleSettings | undefined;
  readonly allowedHosts: readonly string[];
  readonly basePath: string;
  readonly publicUrl: string | undefined;
}

/** The part of a pino logger that HTTP uses. */
export interface Log {
  /** The lowest level that is written. */
  readonly level?: string;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
