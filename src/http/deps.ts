import type { Recorder } from '../ingest/recorder.ts';
import type { Store } from '../store/store.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';

/** What the routes need from the rest of the house. */
export interface HttpDeps {
  readonly store: Store;
  readonly recorder: Pick<Recorder, 'submit'>;
  /** Now, in epoch milliseconds. */
  readonly clock: () => number;
  readonly log: Log;
  readonly metrics: ServerMetrics;
  readonly version: string;
  readonly settings: HttpSettings;
}

export interface HttpSettings {
  readonly staleAfterMs: number;
  readonly retentionReportsMs: number;
  readonly maxReportBytes: number;
  readonly maxBatchBytes: number;
}

/** As much of a logger as HTTP uses; pino fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
