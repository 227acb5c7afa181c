import type { Json } from '../../domain/finding.ts';
import type { Report, ReportContent } from '../../domain/report.ts';
import type { Labels } from '../../domain/target.ts';
import { RUN_URL, type RunUrlColumns, runUrlOf } from './report-source.ts';
import { sources } from './schema.ts';
import { columnNames } from './table-columns.ts';

/** The columns of a source that are fields of a report. */
export const SOURCE_NAMES = columnNames(sources, ['id', 'digest', 'lastUsedAt']);

export type SourceRow = Pick<typeof sources.$inferSelect, (typeof SOURCE_NAMES)[number]>;
export type SourceFields = Pick<ReportContent, (typeof SOURCE_NAMES)[number]>;

/** The own columns of a report `r`. What it shares with others is read apart: see `report-contents.ts`. */
export const CHECK_COLUMNS = `r.checked_at AS "checkedAt", r.received_at AS "receivedAt", r.last_check AS "lastCheckAt",
  r.duration_ms AS "durationMs", r.finding_id AS "findingId", r.source_id AS "sourceId", ${RUN_URL}`;

export interface CheckRow extends RunUrlColumns {
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly lastCheckAt: number;
  readonly durationMs: number | null;
  readonly findingId: number;
  readonly sourceId: number;
}

export function toReport(
  row: CheckRow,
  { target, finding, source }: Pick<Report, 'target' | 'finding'> & { readonly source: SourceFields },
): Report {
  return {
    ...source,
    target,
    lastCheckAt: row.lastCheckAt,
    checkedAt: row.checkedAt,
    receivedAt: row.receivedAt,
    finding,
    runUrl: runUrlOf(row),
    durationMs: row.durationMs ?? undefined,
  };
}

export function toSource(row: SourceRow): SourceFields {
  return {
    staleAfterMs: row.staleAfterMs,
    expectedIntervalS: row.expectedIntervalS ?? undefined,
    staleAfterS: row.staleAfterS ?? undefined,
    pushed: row.pushed,
    afterDeploy: row.afterDeploy,
    check: row.check ?? undefined,
    pushGroup: row.pushGroup === null ? undefined : toStrings(row.pushGroup),
    labels: row.labels === null ? undefined : toStrings(row.labels),
    commit: row.commit ?? undefined,
    branch: row.branch ?? undefined,
    tool: row.tool ?? undefined,
    error: row.error ?? undefined,
    errorKind: row.errorKind ?? undefined,
    extra: toExtra(row.extra),
  };
}

export function fromSource(source: SourceFields): SourceRow {
  return {
    staleAfterMs: source.staleAfterMs,
    expectedIntervalS: source.expectedIntervalS ?? null,
    staleAfterS: source.staleAfterS ?? null,
    pushed: source.pushed,
    afterDeploy: source.afterDeploy,
    check: source.check ?? null,
    pushGroup: source.pushGroup === undefined ? null : JSON.stringify(source.pushGroup),
    labels: source.labels === undefined ? null : JSON.stringify(source.labels),
    commit: source.commit ?? null,
    branch: source.branch ?? null,
    tool: source.tool ?? null,
    error: source.error ?? null,
    errorKind: source.errorKind ?? null,
    extra: JSON.stringify(source.extra),
  };
}

function toStrings(text: string): Labels {
  return JSON.parse(text) as Labels;
}

function toExtra(text: string): { readonly [key: string]: Json } {
  return JSON.parse(text) as { readonly [key: string]: Json };
}
