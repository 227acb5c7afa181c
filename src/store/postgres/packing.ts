import type { HistoryKey } from '../../domain/history-key.ts';
import { encodeRunUrls } from './run-urls.ts';

// Reports in a row that found the same, from the same source, share one row: a pack. What differs between them is stored
// as differences from the first one, in arrays that the database can read.

/** A report as it is packed. */
export interface PackedReport extends HistoryKey {
  readonly lastCheckAt: number;
  readonly durationMs: number | undefined;
  readonly runUrl: string | undefined;
  readonly findingId: number;
  readonly sourceId: number;
}

/** What decides whether another report fits into a pack, and what it is a difference from. */
export interface PackHead {
  readonly findingId: number;
  readonly sourceId: number;
  readonly firstAt: number;
  readonly firstReceivedAt: number;
  /** Undefined if each report has its `checkedAt`. */
  readonly firstLastCheckAt: number | undefined;
  /** Undefined if none has one. */
  readonly firstDurationMs: number | undefined;
  readonly count: number;
  readonly lastAt: number;
  readonly lastRunUrl: string | undefined;
  /** Undefined if none has one. */
  readonly runUrlBytes: number | undefined;
}

/** Some reports of a pack: all of it, or what is appended to it. */
export interface Pack {
  readonly head: PackHead;
  readonly reports: readonly PackedReport[];
}

/** Where reports are packed. */
export interface Packing {
  /** Undefined if the first one does not fit into the tail. */
  readonly appended: Pack | undefined;
  /** Further packs, in order. */
  readonly packs: readonly Pack[];
}

/** How much longer than its first report a pack may last: a report at an instant is in a pack that began since then. */
export const MAX_SPAN_MS = 86_400_000;
const MAX_REPORTS = 64;
/** The tail of a target is written with each of its reports. */
const MAX_RUN_URL_BYTES = 1000;

/** Packs reports of one target that are in order; the first ones into `tail`, if they fit. */
export function packReports(reports: readonly PackedReport[], tail?: PackHead): Packing {
  const packs: { head: PackHead; reports: PackedReport[] }[] = [];
  if (tail !== undefined) packs.push({ head: tail, reports: [] });
  for (const report of reports) {
    const last = packs.at(-1);
    const head = last && headWith(last.head, report);
    if (last === undefined || head === undefined) packs.push({ head: headOf(report), reports: [report] });
    else {
      last.head = head;
      last.reports.push(report);
    }
  }
  const appended = tail === undefined ? undefined : packs.shift();
  return { appended: appended?.reports.length === 0 ? undefined : appended, packs };
}

function headOf(report: PackedReport): PackHead {
  const { findingId, sourceId, checkedAt, receivedAt, lastCheckAt, durationMs, runUrl } = report;
  return {
    findingId,
    sourceId,
    firstAt: checkedAt,
    firstReceivedAt: receivedAt,
    firstLastCheckAt: lastCheckAt === checkedAt ? undefined : lastCheckAt,
    firstDurationMs: durationMs,
    count: 1,
    lastAt: checkedAt,
    lastRunUrl: runUrl,
    runUrlBytes: runUrl === undefined ? undefined : encodeRunUrls([runUrl]).length,
  };
}

/** The pack with one more report; undefined if it does not fit. */
function headWith(head: PackHead, report: PackedReport): PackHead | undefined {
  const { checkedAt, receivedAt, lastCheckAt, durationMs, runUrl } = report;
  const runUrlBytes =
    head.runUrlBytes === undefined
      ? undefined
      : head.runUrlBytes + encodeRunUrls([runUrl], head.lastRunUrl).length;
  const fits =
    head.findingId === report.findingId &&
    head.sourceId === report.sourceId &&
    head.count < MAX_REPORTS &&
    checkedAt - head.firstAt < MAX_SPAN_MS &&
    isSmall(receivedAt - head.firstReceivedAt) &&
    (head.firstLastCheckAt === undefined
      ? lastCheckAt === checkedAt
      : isSmall(lastCheckAt - head.firstLastCheckAt)) &&
    (durationMs === undefined ||
      (head.firstDurationMs !== undefined && isSmall(durationMs - head.firstDurationMs))) &&
    (runUrlBytes === undefined ? runUrl === undefined : runUrlBytes <= MAX_RUN_URL_BYTES);
  return fits
    ? { ...head, count: head.count + 1, lastAt: checkedAt, lastRunUrl: runUrl, runUrlBytes }
    : undefined;
}

/** Whether a difference is an `integer` of PostgreSQL. */
function isSmall(difference: number): boolean {
  return Math.abs(difference) < 2 ** 31;
}
