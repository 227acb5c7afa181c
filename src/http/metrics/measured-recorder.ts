import type { Recorder } from '../../ingest/recorder.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** The same recorder; what it acknowledges is counted and timed. */
export function measuredRecorder(recorder: Recorder, metrics: ServerMetrics): Recorder {
  return {
    ...recorder,
    async submit(reports) {
      const startedAt = performance.now();
      const recorded = await recorder.submit(reports);
      metrics.countRecorded(recorded, (performance.now() - startedAt) / 1000);
      return recorded;
    },
  };
}
