import { join } from 'node:path';
import type { SyncStatus } from '../src/domain/finding.ts';
import { healthWhile } from './asking.ts';
import { sendAll } from './load.ts';
import { type Finding, type Measure, quantile } from './measure.ts';
import { postOf } from './posts.ts';
import { benchTarget, driftOf, INTERVAL_S, type PastReport, START, syncedReport } from './reports.ts';
import { fillFile } from './scratch.ts';
import { startServer } from './servers.ts';
import { toMs } from './units.ts';

const LATE = 1000;
/** How many late reports one POST has; the second is the maximum. */
const [SOME, MOST] = [100, 1000];

/** Every report is its own period, and the incident is never resolved. */
export const neverSynced = (target: number, tick: number): PastReport => ({
  ...syncedReport(target, tick),
  finding: driftOf('rsyslog.conf', `rsyslog.d/${tick % 2}0-lab.conf`),
});

interface Case {
  readonly history: string;
  readonly report: (target: number, tick: number) => PastReport;
  readonly late: SyncStatus;
  readonly perPost: number;
}

/** A late SYNCED cuts the incident in two, and a late OUT_OF_SYNC the single period. */
const CASES: readonly Case[] = [
  { history: 'periods, never SYNCED', report: neverSynced, late: 'OUT_OF_SYNC', perPost: SOME },
  { history: 'periods, never SYNCED', report: neverSynced, late: 'OUT_OF_SYNC', perPost: MOST },
  { history: 'periods, never SYNCED', report: neverSynced, late: 'SYNCED', perPost: SOME },
  { history: 'periods, never SYNCED', report: neverSynced, late: 'SYNCED', perPost: MOST },
  { history: 'reports in one SYNCED period', report: syncedReport, late: 'OUT_OF_SYNC', perPost: SOME },
  { history: 'reports in one SYNCED period', report: syncedReport, late: 'SYNCED', perPost: SOME },
];

/** How long do late reports take on a target with a long history, and how long do others wait? */
export const late: Measure = async ({ folder, quick, note }) => {
  const depth = quick ? 6000 : 60_000;
  const path = join(folder, 'status.db');
  const { count, seconds } = await fillFile(path, histories(depth));
  note(`${count} reports of ${CASES.length} targets in ${seconds.toFixed(1)} s`);
  const server = await startServer(path);
  const findings: Finding[] = [];
  for (const [target, { history, late: syncStatus, perPost }] of CASES.entries()) {
    const bodies = lateBodies({ target, depth, syncStatus });
    const posts = batchesOf(bodies, perPost).map((batch) => postOf(batch, server.port));
    const { latenciesMs, workMs } = await healthWhile(server.port, () => sendAll(server, posts));
    const what = `${LATE} late ${syncStatus} on ${depth} ${history}, ${perPost} a POST`;
    const longestMs = quantile(latenciesMs, 1);
    findings.push(
      { what, before: '', after: toMs(workMs, 0), result: workMs / 1000, goal: { max: 1 } },
      {
        what: `${what}: longest wait for /healthz`,
        before: '',
        after: toMs(longestMs, 0),
        result: longestMs / 1000,
        goal: { max: 0.5 },
      },
    );
  }
  await server.stop();
  return findings;
};

function* histories(depth: number): Generator<PastReport, void> {
  for (const [target, { report }] of CASES.entries()) {
    for (let tick = 0; tick < depth; tick++) yield report(target, tick);
  }
}

/** Spread evenly over the history, in no order, each between two reports. */
export function lateBodies({
  target,
  depth,
  syncStatus,
}: {
  target: number;
  depth: number;
  syncStatus: SyncStatus;
}) {
  const files = syncStatus === 'SYNCED' ? [] : [{ name: 'late.conf' }];
  return Array.from({ length: LATE }, (_, i) => {
    const tick = Math.floor((((i * 7919) % LATE) * depth) / LATE);
    const checkedAt = START + (tick + 0.5) * INTERVAL_S * 1000;
    return {
      ...benchTarget(target),
      sync_status: syncStatus,
      files,
      last_check: new Date(checkedAt).toISOString(),
      expected_interval_s: INTERVAL_S,
    };
  });
}

function batchesOf<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
