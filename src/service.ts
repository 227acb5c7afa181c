import type { OpenAPIHono } from '@hono/zod-openapi';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import type { Log } from './http/deps.ts';
import { measuredRecorder } from './http/metrics/measured-recorder.ts';
import { createServerMetrics } from './http/metrics/server-metrics.ts';
import { createRecorder, type Recorder } from './ingest/recorder.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';

export interface Service {
  readonly app: OpenAPIHono;
  readonly store: Store;
  readonly recorder: Recorder;
  /** Finishes what waits to be written, then closes the store. */
  close(): Promise<void>;
}

/** Puts the parts together; the only place that knows which adapters there are. */
export function createService(
  config: Config,
  { log, version, clock = Date.now }: { log: Log; version: string; clock?: () => number },
): Service {
  const store = openSqliteStore({ path: config.databasePath, version });
  const metrics = createServerMetrics(version);
  const { maxQueuedReports } = config;
  const recorder = measuredRecorder(createRecorder({ store, maxQueuedReports }), metrics);
  const app = createApp({ store, recorder, clock, log, metrics, version, settings: config });
  return {
    app,
    store,
    recorder,
    async close() {
      await recorder.idle();
      await store.close();
    },
  };
}
