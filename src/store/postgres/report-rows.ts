import type { Json } from '../../domain/finding.ts';
import type { Report, ReportContent } from '../../domain/report.ts';
import type { Labels, Target } from '../../domain/target.ts';
import { toFinding } from '../row-values.ts';
import { RUN_URL, type RunUrlColumns, runUrlOf } from './report-source.ts';
import type { FindingRow } from './rows.ts';
import { findings, sources } from './schema.ts';
import { columnNames, selectList } from './table-columns.ts';

/** The columns of a source that are fields of a report. */
export const SOURCE_NAMES = columnNames(sources, ['id', 'digest', 'lastUsedAt']);

export type SourceRow = Pick<typeof sources.$inferSelect, (typeof SOURCE_NAMES)[number]>;
type SourceFields = Pick<ReportContent, (typeof SOURCE_NAMES)[number]>;

/** The own columns of a report `r`. */
export const CHECK_COLUMNS = `r.checked_at AS "checkedAt", r.received_at AS "receivedAt", r.last_check AS "lastCheckAt",
  r.duration_ms AS "durationMs", ${RUN_URL}`;

export interface CheckRow extends RunUrlColumns {
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly lastCheckAt: number;
  readonly durationMs: number | null;
}

/** What a report shares with others: from `target t`, `finding f` and `source c`. */
export const CONTENT_COLUMNS = [
  't.repo, t.server',
  selectList(findings, 'f', ['syncStatus', 'driftCount', 'files']),
  selectList(sources, 'c', SOURCE_NAMES),
].join(', ');

export type ContentRow = SourceRow & FindingRow & Target;

export function toReport(row: CheckRow & ContentRow): Report {
  return {
    ...toSource(row),
    target: { repo: row.repo, server: row.server },
    lastCheckAt: row.lastCheckAt,
    checkedAt: row.checkedAt,
    receivedAt: row.receivedAt,
    finding: toFinding(row),
    runUrl: runUrlOf(row),
    durationMs: row.durationMs ?? undefined,
  };
}

function toSource(row: SourceRow): SourceFields {
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
