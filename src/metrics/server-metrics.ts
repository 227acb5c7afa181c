import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Outcome, Submission } from '../domain/record/submission.ts';
import { observeLeases } from './lease-metrics.ts';
import { type NotificationMetrics, notificationMetrics } from './notification-metrics.ts';
import { processMetrics } from './process-metrics.ts';
import { countIgnoredSamples } from './push-metrics.ts';
import { BUCKETS_S, countRecorded, memoize } from './recording-metrics.ts';

/** The metrics of the server about itself since its start. */
export interface ServerMetrics {
  countRequest(request: { method: string; route: string; status: number; seconds: number }): void;
  /** `reason` is the slug of the problem's type. With 0 times its series exists before the first refusal. */
  countRefused(reason: string, times?: number): void;
  /** Samples of a recorded push that belong to other metrics than the server's. */
  countIgnoredSamples(samples: number): void;
  /** Whether the database as a whole is known to have a fault. */
  databaseIs(health: 'sound' | 'unsound'): void;
  /** How many requests wait for gates now. */
  requestsWait(count: number): void;
  /** A request that never reached the app. */
  countBroken(status: number): void;
  countRecorded(submission: Submission, outcome: Outcome, seconds: number): void;
  /** These metrics and those of the process, in the text format 0.0.4. */
  expose(): Promise<string>;
}

/** The metrics for HTTP and those for the jobs. */
interface AllMetrics extends ServerMetrics {
  countPruned(pruned: { readonly reports: number }): void;
  /** A whole pass of retention has ended; `at` in epoch milliseconds. */
  retentionDone(at: number): void;
  /** A check of the whole database has found no damage; `at` in epoch milliseconds. */
  integrityChecked(at: number): void;
  /** From now on each scrape shows which leases this process has. */
  leases(leases: Parameters<typeof observeLeases>[1]): void;
  /** Adds the metrics for messages; only if there are any channels. */
  notifications(clock: () => number): NotificationMetrics;
}

/** The statuses of requests that never reach the app. */
const BROKEN = [400, 408, 413, 417, 431];
function tellBuild(registry: Registry, version: string): void {
  new Gauge({
    name: 'gitops_status_server_build_info',
    help: 'Always 1; the labels say which version runs, and on which Node.js.',
    labelNames: ['version', 'node_version'],
    registers: [registry],
  }).set({ version, node_version: process.versions.node }, 1);
}

export function createServerMetrics(version: string): AllMetrics {
  const registry = new Registry();
  const registers = [registry];
  // Measured from the start on, not from the first scrape on.
  const ofProcess = processMetrics();

  tellBuild(registry, version);
  const requestSeconds = new Histogram({
    name: 'gitops_status_server_http_request_duration_seconds',
    help: 'How long requests took to answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_S,
    registers,
  });
  const refused = new Counter({
    name: 'gitops_status_server_rejected_posts_total',
    help: 'POSTs with reports that were refused since the start, by reason. Each has one report or an array.',
    labelNames: ['reason'],
    registers,
  });

  const broken = new Counter({
    name: 'gitops_status_server_broken_requests_total',
    help: 'Requests since the start that were not HTTP, were too slow, or had too large headers, by status.',
    labelNames: ['status'],
    registers,
  });
  for (const status of BROKEN) broken.inc({ status }, 0);
  const waiting = new Gauge({
    name: 'gitops_status_server_waiting_requests',
    help: 'How many requests wait for gates now.',
    registers,
  });
  const pruned = new Counter({
    name: 'gitops_status_server_pruned_reports_total',
    help: 'Reports that were removed since the start because they were too old.',
    registers,
  });
  const retentionDone = new Gauge({
    name: 'gitops_status_server_retention_last_success_timestamp_seconds',
    help: 'When retention last removed everything that was too old; 0 if it has not since the start.',
    registers,
  });

  const damaged = new Gauge({
    name: 'gitops_status_server_database_damaged',
    help: '1 if the database is damaged, or its file was deleted or replaced under the server; else 0.',
    registers,
  });
  const checked = new Gauge({
    name: 'gitops_status_server_integrity_check_last_success_timestamp_seconds',
    help: 'When a check of the whole database last found no damage; 0 if none has since the start.',
    registers,
  });

  // Looking up a series by its labels costs more than counting in it.
  const timed = memoize((key: string) => {
    const [method = '', route = '', status = ''] = key.split(' ');
    return requestSeconds.labels(method, route, status);
  });

  return {
    countRequest: ({ method, route, status, seconds }) =>
      timed(`${method} ${route} ${status}`).observe(seconds),
    countRefused: (reason, times = 1) => refused.inc({ reason }, times),
    countIgnoredSamples: countIgnoredSamples(registry),
    countBroken: (status) => broken.inc({ status }),
    requestsWait: (count) => waiting.set(count),
    countRecorded: countRecorded(registry),
    countPruned: ({ reports }) => pruned.inc(reports),
    retentionDone: (at) => retentionDone.set(at / 1000),
    databaseIs: (health) => damaged.set(health === 'unsound' ? 1 : 0),
    integrityChecked: (at) => checked.set(at / 1000),
    leases: (leases) => observeLeases(registry, leases),
    notifications: (clock) => notificationMetrics(registry, clock),
    expose: () => Registry.merge([ofProcess, registry]).metrics(),
  };
}
