import fc from 'fast-check';
import { expect } from 'vitest';
import type { StatusDetails, TargetIncident } from '../../src/domain/questions/reader.ts';
import type { PostedReport } from '../../src/domain/report.ts';
import type { Horizons } from '../../src/domain/retention.ts';
import { stateOf } from '../../src/domain/target-status.ts';
import type { Store } from '../../src/store/store.ts';
import { aSubmission, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { anArrival } from './arrivals.ts';
import { ALL_TIME, withoutFindingId } from './harness.ts';

/** A batch of one step, or all in one. */
export const [SMALLEST, WHOLE] = [0, Number.POSITIVE_INFINITY];

/** After this many passes a horizon has reached everything that the arrivals below reach. */
export const ENOUGH_PASSES = 8;

/** Days instead of minutes, so that horizons pass through them. */
export const TICK = 6 * HOUR;
export const aDaysArrival = anArrival.map((report) => ({
  ...report,
  lastCheckAt: NOON + ((report.lastCheckAt - NOON) / MINUTE) * TICK,
  staleAfterMs: (report.staleAfterMs / MINUTE) * TICK,
}));
const anInstant = fc.integer({ min: -2, max: 42 }).map((tick) => NOON + tick * TICK);
export const horizons: fc.Arbitrary<Horizons> = fc.record({
  reportsBefore: anInstant,
  historyBefore: anInstant,
  eventsBefore: anInstant,
  actionsBefore: anInstant,
});

export type Step =
  | { readonly kind: 'report'; readonly report: PostedReport & { readonly lastCheckAt: number } }
  | { readonly kind: 'delete'; readonly server: string }
  | {
      readonly kind: 'prune';
      readonly horizons: Horizons;
      readonly batchMs: number;
      readonly passes: number;
      /** The last pass is ended after this many batches. */
      readonly batches: number;
    };

export const aStory: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ kind: fc.constant('report' as const), report: aDaysArrival }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('delete' as const), server: fc.constantFrom('lab', 'prod') }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('prune' as const),
        horizons,
        batchMs: fc.constantFrom(SMALLEST, WHOLE),
        passes: fc.integer({ min: 1, max: ENOUGH_PASSES }),
        batches: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 6 })),
      }),
    },
  ),
  { maxLength: 50, size: 'max' },
);

interface Both {
  readonly pruned: Store;
  readonly whole: Store;
  readonly highest: Horizons;
}

/** A report that the pruned store refuses is too old for any question, and the other store does not get it. */
export async function recordInBoth(
  step: Exclude<Step, { kind: 'prune' }>,
  { pruned, whole, highest }: Both,
): Promise<void> {
  if (step.kind === 'delete') {
    const target = { repo: 'rsyslog', server: step.server };
    const isDeleted = await pruned.deleteTarget(target, { purge: false });
    expect(await whole.deleteTarget(target, { purge: false })).toBe(isDeleted);
    return;
  }
  const submissions = [aSubmission([step.report])];
  const [outcome] = await pruned.record(submissions);
  if (outcome?.kind === 'refused') expect(step.report.lastCheckAt).toBeLessThan(highest.reportsBefore);
  else expect(await whole.record(submissions)).toEqual([outcome]);
}

export function highestOf(a: Horizons, b: Horizons): Horizons {
  return {
    reportsBefore: Math.max(a.reportsBefore, b.reportsBefore),
    historyBefore: Math.max(a.historyBefore, b.historyBefore),
    eventsBefore: Math.max(a.eventsBefore, b.eventsBefore),
    actionsBefore: Math.max(a.actionsBefore, b.actionsBefore),
  };
}

/** All questions from the horizons on. */
export async function answersFrom(store: Store, { reportsBefore, historyBefore }: Horizons) {
  const starts = [0, 1, 5 * TICK].map((later) => historyBefore + later);
  const both = Math.max(reportsBefore, historyBefore);
  return {
    reports: await store.reports({}, { range: { ...ALL_TIME, from: reportsBefore }, limit: 1000 }),
    histories: await Promise.all(
      starts.flatMap((from) =>
        [from + TICK, ALL_TIME.to].map(async (to) => ({
          periods: (await store.periods({}, { from, to })).map(withoutFindingIds),
          incidents: (await store.incidents({}, { from, to })).map(withDeployFrom(reportsBefore)),
        })),
      ),
    ),
    states: await Promise.all(starts.map((at) => statesAt(store, at))),
    statuses: await Promise.all(
      [both, both + TICK, undefined].map(async (at) => (await store.statuses({}, at)).map(ofReported)),
    ),
  };
}

/** Only reports know deploys: if a late SYNCED cuts an older incident in two, its first part may have lost its own. */
function withDeployFrom(reportsBefore: number) {
  return (incident: TargetIncident) =>
    incident.openedAt < reportsBefore ? { ...incident, deployed: undefined } : incident;
}

/** What the periods alone can show. */
async function statesAt(store: Store, at: number) {
  return (await store.statuses({}, at)).map((status) => {
    const { target, finding, since, commit, incident, reports } = status;
    return { target, state: stateOf(status, at), files: finding?.files, since, commit, incident, reports };
  });
}

/** Nothing is declared here. Deploys are left out: see `withDeployFrom`. */
function ofReported(status: StatusDetails) {
  if (status.finding === undefined) throw new Error('It never reported.');
  return { ...withoutFindingId(status), deployedCommit: undefined };
}

function withoutFindingIds(history: Awaited<ReturnType<Store['periods']>>[number]) {
  return { ...history, periods: history.periods.map(withoutFindingId) };
}
