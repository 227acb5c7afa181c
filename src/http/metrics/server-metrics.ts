import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Recorded } from '../../store/store.ts';

/** What the server counts and times about itself since it was started. */
export interface ServerMetrics {
  countRequest(request: { method: string; route: string; status: number; seconds: number }): void;
  /** `reason`: the slug of the problem's type. */
  countRefused(reason: string): void;
  countRecorded(recorded: readonly Recorded[], seconds: number): void;
  /** All of it, and what there is to know about the process, in the text format 0.0.4. */
  expose(): Promise<string>;
}

/** Beside what HTTP counts, what the jobs do. */
interface AllMetrics extends ServerMetrics {
  countPruned(pruned: { readonly reports: number }): void;
  /** Everything too old was pruned; `at` in epoch milliseconds. */
  retentionDone(at: number): void;
}

/** Gauges that are named like counters; what they say, `nodejs_active_resources` says too. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/** From half a millisecond, an answer from memory, to the five seconds that a write may wait for a lock. */
const BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createServerMetrics(version: string): AllMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const registers = [registry];

  new Gauge({
    name: 'gitops_status_server_build_info',
    help: 'Always 1; which version runs, and on what.',
    labelNames: ['version', 'node_version'],
    registers,
  }).set({ version, node_version: process.versions.node }, 1);
  const requestSeconds = new Histogram({
    name: 'gitops_status_server_http_request_duration_seconds',
    help: 'How long requests took to answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_S,
    registers,
  });
  const recordSeconds = new Histogram({
    name: 'gitops_status_server_record_duration_seconds',
    help: 'How long reports took from their arrival at the recorder until they were on disk.',
    buckets: BUCKETS_S,
    registers,
  });
  const recorded = new Counter({
    name: 'gitops_status_server_recorded_reports_total',
    help: 'Reports acknowledged since the start: new ones and duplicates, and how each compares with the one before it.',
    labelNames: ['recorded', 'change'],
    registers,
  });
  const refused = new Counter({
    name: 'gitops_status_server_rejected_posts_total',
    help: 'Posts of reports that were refused since the start, each with one report or an array of them, by reason.',
    labelNames: ['reason'],
    registers,
  });

  const pruned = new Counter({
    name: 'gitops_status_server_pruned_reports_total',
    help: 'Reports that were removed since the start because they were too old.',
    registers,
  });
  const retentionDone = new Gauge({
    name: 'gitops_status_server_retention_last_success_timestamp_seconds',
    help: 'When everything too old was last removed; 0 where that has not happened since the start.',
    registers,
  });

  // Looking up a series by its labels costs more than counting in it.
  const timed = remembered((key: string) => {
    const [method = '', route = '', status = ''] = key.split(' ');
    return requestSeconds.labels(method, route, status);
  });
  const counted = remembered((key: string) => {
    const [outcome = '', change = ''] = key.split(' ');
    return recorded.labels(outcome, change);
  });

  return {
    countRequest: ({ method, route, status, seconds }) =>
      timed(`${method} ${route} ${status}`).observe(seconds),
    countRefused: (reason) => refused.inc({ reason }),
    countRecorded(outcomes, seconds) {
      recordSeconds.observe(seconds);
      for (const { recorded: outcome, change } of outcomes) counted(`${outcome} ${change}`).inc();
    },
    countPruned: ({ reports }) => pruned.inc(reports),
    retentionDone: (at) => retentionDone.set(at / 1000),
    expose: () => registry.metrics(),
  };
}

/** Asks once for each key; there are as few of them as there are series. */
function remembered<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}
