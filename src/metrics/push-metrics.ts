import { Counter, type Registry } from 'prom-client';

/** Counts the samples of other metrics in recorded pushes. */
export function countIgnoredSamples(registry: Registry): (samples: number) => void {
  const ignored = new Counter({
    name: 'gitops_status_server_ignored_push_samples_total',
    help: 'Samples of other metrics in recorded pushes since the start: they were left out.',
    registers: [registry],
  });
  return (samples) => ignored.inc(samples);
}
