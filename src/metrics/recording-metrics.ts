import { Counter, Histogram, type Registry } from 'prom-client';
import { SYNC_STATUSES } from '../domain/finding.ts';
import { type Outcome, REFUSAL_CODES, type Recorded, type Submission } from '../domain/record/submission.ts';

/** From half a millisecond, an answer from memory, to the five seconds that a write may wait for a lock. */
export const BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const RECORDED: readonly Recorded['recorded'][] = ['new', 'duplicate'];
const CHANGES: readonly Recorded['change'][] = ['first', 'unchanged', 'changed', 'late'];

type CountRecorded = (submission: Submission, outcome: Outcome, seconds: number) => void;

/** Counts new, duplicate and refused reports, and how long recording them took. */
export function countRecorded(registry: Registry): CountRecorded {
  const registers = [registry];
  const recordSeconds = new Histogram({
    name: 'gitops_status_server_record_duration_seconds',
    help: 'How long reports took from their arrival at the recorder until they were on disk.',
    buckets: BUCKETS_S,
    registers,
  });
  const recorded = new Counter({
    name: 'gitops_status_server_recorded_reports_total',
    help: 'Reports acknowledged since the start: new ones and duplicates, how each compares with the one before it, and what it says.',
    labelNames: ['recorded', 'change', 'sync_status'],
    registers,
  });
  const refused = new Counter({
    name: 'gitops_status_server_refused_reports_total',
    help:
      'Reports refused since the start because of the clock or of stored reports, by reason and by what ' +
      'each says.',
    labelNames: ['reason', 'sync_status'],
    registers,
  });
  const counted = memoize((key: string) => {
    const [outcome = '', change = '', syncStatus = ''] = key.split(' ');
    return recorded.labels(outcome, change, syncStatus);
  });

  // A series that begins with 1 has no increase: Prometheus never saw it without that report.
  for (const syncStatus of SYNC_STATUSES) {
    for (const code of new Set(Object.values(REFUSAL_CODES)))
      refused.inc({ reason: code, sync_status: syncStatus }, 0);
    for (const outcome of RECORDED)
      for (const change of CHANGES) counted(`${outcome} ${change} ${syncStatus}`).inc(0);
  }

  return ({ reports }, outcome, seconds) => {
    recordSeconds.observe(seconds);
    for (const [i, { finding }] of reports.entries()) {
      const { syncStatus } = finding;
      const answer = outcome.kind === 'recorded' ? outcome.answers[i] : undefined;
      if (answer !== undefined) counted(`${answer.recorded} ${answer.change} ${syncStatus}`).inc();
      if (outcome.kind === 'refused') refused.inc({ reason: outcome.code, sync_status: syncStatus });
    }
  };
}

/** Keeps the series of each key: to look a series up by its labels costs more than to count in it. */
export function memoize<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const series = made.get(key) ?? make(key);
    made.set(key, series);
    return series;
  };
}
