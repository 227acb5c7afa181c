import type { FindingRef } from '../finding.ts';
import { compareKeys, type HistoryKey } from '../history-key.ts';
import { comparePeriods, cutPeriod, mergePeriods, type Period, periodOf, startOf } from '../period.ts';
import type { Accepted } from './accepted.ts';
import { currentPeriod, type Neighbours, type RecordedStatus, withCurrentPeriod } from './facts.ts';

/** A late report and what is stored around its instant. */
export interface LateReport {
  readonly late: Accepted;
  readonly neighbours: Neighbours;
}

type Ref = Period<FindingRef>;

/** The changes to the periods that are over, each identified by its start. */
export interface PeriodChanges {
  readonly removed: readonly Ref[];
  readonly written: readonly Ref[];
}

/** Periods that follow one another, and the late reports among them. */
interface Chain {
  /** In order, including the current period. */
  readonly bases: Ref[];
  readonly reports: LateReport[];
}

/** Merges late reports, in order, into the periods of their target. */
export function slotIntoPeriods(
  status: RecordedStatus,
  reports: readonly LateReport[],
): PeriodChanges & { readonly status: RecordedStatus } {
  const removed: Ref[] = [];
  const written: Ref[] = [];
  const slotted = chainsOf(status, reports).map((chain) => ({
    chain,
    merged: mergePeriods(piecesOf(chain, status)),
  }));
  let next = status;
  for (const { chain, merged } of slotted) {
    const isCurrent = chain.bases.some((base) => isSame(base, currentPeriod(status)));
    const current = merged.at(-1);
    if (isCurrent && current !== undefined) next = withCurrentPeriod(status, current);
    const overBefore = isCurrent ? chain.bases.slice(0, -1) : chain.bases;
    const over = isCurrent ? merged.slice(0, -1) : merged;
    removed.push(...overBefore.filter((base) => !over.some((period) => comparePeriods(period, base) === 0)));
    written.push(...over.filter((period) => !overBefore.some((base) => isSame(base, period))));
  }
  const { checkedAt: since, receivedAt: sinceReceivedAt } = stateStart(status, slotted);
  return { status: { ...next, since, sinceReceivedAt }, removed, written };
}

/** The period that a late report belongs to or follows, and the next one. */
export function periodsAround({ late, neighbours }: LateReport, status: RecordedStatus) {
  const current = currentPeriod(status);
  return late.checkedAt >= current.startedAt
    ? { period: current, next: undefined }
    : { period: neighbours.period, next: neighbours.nextPeriod ?? current };
}

/** Whether a report falls between two reports of a period. */
export function isInside(late: Pick<Accepted, 'checkedAt'>, period: Pick<Ref, 'lastCheckedAt'>): boolean {
  return late.checkedAt < period.lastCheckedAt;
}

function chainsOf(status: RecordedStatus, reports: readonly LateReport[]): Chain[] {
  const chains: Chain[] = [];
  for (const report of reports) {
    const { period, next } = periodsAround(report, status);
    const last = chains.at(-1);
    const goesOn =
      last !== undefined && (period === undefined || last.bases.some((base) => isSame(base, period)));
    const chain = goesOn ? last : { bases: [], reports: [] };
    if (!goesOn) chains.push(chain);
    chain.reports.push(report);
    for (const base of [period, next]) {
      if (base !== undefined && !chain.bases.some((other) => isSame(other, base))) chain.bases.push(base);
    }
  }
  return chains;
}

/** The periods of a chain, cut at the late reports inside them, with the late reports in between. */
function piecesOf({ bases, reports }: Chain, status: RecordedStatus): Ref[] {
  const first = bases[0];
  const ofNone = reports.filter((report) => periodsAround(report, status).period === undefined);
  const pieces = ofNone.map(({ late }) => periodOf<FindingRef>(late));
  if (first === undefined) return pieces;
  for (const base of bases) {
    const own = reports.filter((report) => {
      const { period } = periodsAround(report, status);
      return period !== undefined && isSame(period, base);
    });
    const inside = own.filter(({ late }) => isInside(late, base));
    pieces.push(...cutBy(base, inside));
    pieces.push(
      ...own.filter(({ late }) => !isInside(late, base)).map(({ late }) => periodOf<FindingRef>(late)),
    );
  }
  return pieces;
}

function cutBy(period: Ref, inside: readonly LateReport[]): Ref[] {
  const pieces: Ref[] = [];
  let first: Neighbours['after'];
  let gap: Neighbours['after'];
  for (const { late, neighbours } of inside) {
    const { before, after } = neighbours;
    // Several late reports may lie between the same two stored ones.
    if (gap === undefined || gap.checkedAt !== after?.checkedAt || gap.receivedAt !== after.receivedAt) {
      pieces.push(cutPeriod(period, { first, last: before }));
    }
    pieces.push(periodOf<FindingRef>(late));
    first = after;
    gap = after;
  }
  pieces.push(cutPeriod(period, { first, last: undefined }));
  return pieces;
}

/** The start of the state of the current period: the start of the last period that starts a state. */
function stateStart(
  status: RecordedStatus,
  slotted: readonly { readonly chain: Chain; readonly merged: readonly Ref[] }[],
): HistoryKey {
  let start: HistoryKey = { checkedAt: status.since, receivedAt: status.sinceReceivedAt };
  for (const { chain, merged } of [...slotted].reverse()) {
    const lastBase = chain.bases.at(-1);
    // It is later than all changes of this chain.
    if (lastBase !== undefined && compareKeys(start, startOf(lastBase)) > 0) return start;
    const started = merged.findLast(({ startsState }) => startsState);
    if (started !== undefined) return startOf(started);
    // The chain continues the state of the period before it.
    const before = chain.reports[0]?.neighbours.statePeriod;
    const isOver = chain.bases[0] !== undefined && !isSame(chain.bases[0], currentPeriod(status));
    if (isOver && before !== undefined) start = startOf(before);
  }
  return start;
}

function isSame(a: Ref, b: Ref): boolean {
  const [startA, startB] = [startOf(a), startOf(b)];
  return (
    startA.checkedAt === startB.checkedAt &&
    startA.receivedAt === startB.receivedAt &&
    a.lastCheckedAt === b.lastCheckedAt &&
    a.lastReceivedAt === b.lastReceivedAt &&
    a.staleAt === b.staleAt &&
    a.finding.id === b.finding.id &&
    a.commit === b.commit &&
    a.runUrl === b.runUrl &&
    a.startsState === b.startsState
  );
}
