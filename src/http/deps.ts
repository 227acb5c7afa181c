import type { AnonymousWord } from '../config/config.ts';
import type { EventTail } from '../events/tail.ts';
import type { Recorder } from '../ingest/recorder.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { EventLog } from '../store/event-log.ts';
import type { Queries } from '../store/queries.ts';
import type { Store } from '../store/store.ts';
import type { Ask } from './ask.ts';
import type { TokenDirectory } from './auth/token-directory.ts';

/** What the routes that only ask need: in whatever thread they are. */
export interface QueryDeps {
  readonly store: Queries & Pick<EventLog, 'eventBounds'>;
  /** Now, in epoch milliseconds. */
  readonly clock: () => number;
  readonly log: Pick<Log, 'error'>;
  readonly version: string;
}

/** What the whole HTTP side needs from the rest of the house. */
export interface HttpDeps extends QueryDeps {
  readonly store: Store;
  readonly tokens: TokenDirectory;
  readonly recorder: Pick<Recorder, 'submit'>;
  readonly tail: Pick<EventTail, 'subscribe'>;
  readonly log: Log;
  readonly metrics: ServerMetrics;
  readonly settings: HttpSettings;
  /** Who answers what only asks, where this thread does not. */
  readonly ask?: Ask | undefined;
}

export interface HttpSettings {
  readonly staleAfterMs: number;
  readonly retentionReportsMs: number;
  readonly maxReportBytes: number;
  readonly maxBatchBytes: number;
  /** How long a question may take. */
  readonly questionTimeoutMs: number;
  /** Where it listens: on loopback it is open until there is a token. */
  readonly host: string;
  readonly anonymous: readonly AnonymousWord[];
  readonly trustedProxies: readonly string[];
  readonly allowedHosts: readonly string[];
}

/** As much of a logger as HTTP uses; pino fits. */
export interface Log {
  /** The least that it writes. */
  readonly level?: string;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
