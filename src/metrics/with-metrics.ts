import type { Recorder } from '../ingest/recorder.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** The same recorder; what it acknowledges or refuses is counted and timed. */
export function measuredRecorder(recorder: Recorder, metrics: ServerMetrics): Recorder {
  return {
    ...recorder,
    async submit(submission) {
      const startedAt = performance.now();
      const outcome = await recorder.submit(submission);
      metrics.countRecorded(submission, outcome, (performance.now() - startedAt) / 1000);
      return outcome;
    },
  };
}
