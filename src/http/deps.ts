import type { Recorder } from '../ingest/recorder.ts';
import type { Live } from '../live/live.ts';
import type { Store } from '../store/store.ts';
import type { AnonymousWord } from './access.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';
import type { Elsewhere } from './middleware/elsewhere.ts';
import type { TokenDirectory } from './tokens/token-directory.ts';

/** What the routes need from the rest of the house. */
export interface HttpDeps {
  readonly store: Store;
  readonly tokens: TokenDirectory;
  readonly recorder: Pick<Recorder, 'submit'>;
  readonly live: Pick<Live, 'listen'>;
  /** Now, in epoch milliseconds. */
  readonly clock: () => number;
  readonly log: Log;
  readonly metrics: ServerMetrics;
  readonly version: string;
  readonly settings: HttpSettings;
  /** Who answers questions, where this thread does not. */
  readonly elsewhere?: Elsewhere;
}

export interface HttpSettings {
  readonly staleAfterMs: number;
  readonly retentionReportsMs: number;
  readonly maxReportBytes: number;
  readonly maxBatchBytes: number;
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
