import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pruned } from '../src/domain/retention.ts';
import { retentionJob } from '../src/jobs/retention.ts';
import type { Store } from '../src/store/store.ts';
import { type Measure, quantile } from './measure.ts';
import { INTERVAL_S, rounds, START, syncedReport } from './reports.ts';
import { fillFile, openScratchService, submissionOf } from './scratch.ts';
import { toMiB, toMs } from './units.ts';

const TARGETS = 500;
/** From one single report to the next. */
const GAP_MS = 2;
const IDLE_SUBMITS = 300;

/** Do reports have to wait while old ones are pruned, and does the file get smaller? */
export const retention: Measure = async ({ folder, quick, note }) => {
  const path = join(folder, 'status.db');
  const ticks = quick ? 100 : 1000;
  const before = await filled(path, ticks);
  const clock = () => START + ticks * INTERVAL_S * 1000;
  const { store, recorder, close } = openScratchService(path, clock);
  const batches: Batch[] = [];
  const job = retentionJob({
    store: { prune: (...args) => timedBatches(store.prune(...args), batches) },
    clock,
    log: { info: (fields) => note(JSON.stringify(fields)), error() {} },
    metrics: { countPruned() {}, retentionDone() {} },
    settings: { retentionReportsMs: (ticks / 2) * INTERVAL_S * 1000, retentionHistoryMs: Infinity },
  });
  const turns = rounds({ targets: TARGETS, from: ticks, to: Infinity }, linkedReport);
  const submitOne = async () => recorder.submit(submissionOf([turns.next().value ?? linkedReport(0, ticks)]));

  let submits = 0;
  const idle = await latencies(submitOne, () => submits++ < IDLE_SUBMITS);
  let isPruning = true;
  const pruning = job.run(new AbortController().signal).finally(() => {
    isPruning = false;
  });
  const busy = await latencies(submitOne, () => isPruning);
  await pruning;
  await close();

  const after = statSync(path).size;
  const sides = (share: number) => ({
    before: toMs(quantile(idle, share)),
    after: toMs(quantile(busy, share)),
  });
  const [wallMs, cpuMs] = [batches.map((batch) => batch.wallMs), batches.map((batch) => batch.cpuMs)];
  const what = `a single report on disk, idle or while ${(TARGETS * ticks) / 2} of ${TARGETS * ticks} are pruned`;
  return [
    { what: `${what}: median`, ...sides(0.5) },
    { what: `${what}: p99`, ...sides(0.99) },
    { what: `${what}: longest`, ...sides(1) },
    {
      what: `${batches.length} batches of pruning, by the clock: median and longest`,
      before: toMs(quantile(wallMs, 0.5)),
      after: toMs(quantile(wallMs, 1)),
      result: quantile(wallMs, 1),
      goal: { max: 50 },
    },
    {
      what: 'the same in processor time, so without what a busy machine or disk adds',
      before: toMs(quantile(cpuMs, 0.5)),
      after: toMs(quantile(cpuMs, 1)),
      result: quantile(cpuMs, 1),
      goal: { max: 50 },
    },
    {
      what: 'the file before and after',
      before: toMiB(before),
      after: toMiB(after),
      result: after / before,
      goal: { max: 0.75 },
    },
  ];
};

async function filled(path: string, ticks: number): Promise<number> {
  await fillFile(path, rounds({ targets: TARGETS, from: 0, to: ticks }, linkedReport));
  return statSync(path).size;
}

function linkedReport(target: number, tick: number) {
  return { ...syncedReport(target, tick), runUrl: `https://ci.example.org/repos/${target}/runs/${tick}` };
}

interface Batch {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** The same batches, timed. Nothing else runs in this thread during a batch. */
async function* timedBatches(batches: ReturnType<Store['prune']>, times: Batch[]): AsyncGenerator<Pruned> {
  const steps = batches[Symbol.asyncIterator]();
  for (;;) {
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const step = await steps.next();
    const { user, system } = process.cpuUsage(cpu);
    times.push({ wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 });
    if (step.done) return;
    yield step.value;
  }
}

async function latencies(work: () => Promise<unknown>, goesOn: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (goesOn()) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
    await sleep(GAP_MS);
  }
  return times;
}
