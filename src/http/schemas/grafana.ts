import { z } from '@hono/zod-openapi';
import { lastDriftCount } from '../../domain/drift-count.ts';
import { fileNames, SYNC_STATUSES } from '../../domain/finding.ts';
import type { Mute } from '../../domain/mute.ts';
import type { StatusDetails, TargetIncident } from '../../domain/questions/reader.ts';
import type { StateCounts } from '../../domain/questions/state-counts.ts';
import type { TrendPoint } from '../../domain/questions/trend.ts';
import type { Report } from '../../domain/report.ts';
import { STATES, type State } from '../../domain/state.ts';
import type { WithFiles } from '../panel-rows.ts';
import { complianceRow, incidentRow, toComplianceRow, toIncidentRow } from './history.ts';
import { instant } from './instant.ts';
import { cause, driftCount, nextWords, statusRow, toStatusRow } from './status.ts';

// Rows for panels: flat, every key in every row, one JSON type per key, null if a value is not known.

/** The number of each state. Value mappings depend on it, so it never changes. */
const STATE_CODES: Readonly<Record<State, number>> = { SYNCED: 0, OUT_OF_SYNC: 1, UNKNOWN: 2, STALE: 3 };

const time = z.number().int().openapi({ description: 'Epoch milliseconds' });
const stateCode = z.number().int().openapi({ description: '0 SYNCED, 1 OUT_OF_SYNC, 2 UNKNOWN, 3 STALE' });
const joinedFiles = z.string().nullable().openapi({ description: 'Names, joined with ", "' });
const count = z.number().int();
const targetShape = { repo: z.string(), server: z.string() };

/** Whether it is muted, and who works on it. */
const handledShape = {
  muted: z.boolean(),
  muted_until: instant.nullable(),
  muted_by: z.string().nullable(),
  muted_reason: z.string().nullable(),
  acknowledged_by: z.string().nullable(),
};

type Handled = Pick<z.infer<typeof incidentRow>, 'muted' | 'acknowledgement'>;

function handled({ muted, acknowledgement }: Handled): z.infer<z.ZodObject<typeof handledShape>> {
  return {
    muted: muted !== null,
    muted_until: muted?.until ?? null,
    muted_by: muted?.by ?? null,
    muted_reason: muted?.reason ?? null,
    acknowledged_by: acknowledgement?.by ?? null,
  };
}

export const grafanaStatusRow = z
  .object({
    ...targetShape,
    state: z.enum(STATES),
    state_code: stateCode,
    sync_status: statusRow.shape.sync_status,
    drift_count: driftCount,
    files: joinedFiles,
    since: instant,
    in_state_s: z.number(),
    last_check: statusRow.shape.last_check,
    stale_at: statusRow.shape.stale_at,
    last_synced_at: instant.nullable(),
    cause,
    next: nextWords,
    error: z.string().nullable(),
    run_url: z.string().nullable(),
    commit: z.string().nullable(),
    branch: z.string().nullable(),
    ...handledShape,
  })
  .openapi('GrafanaStatusRow');

export function toGrafanaStatusRow(
  status: StatusDetails,
  { now, mute }: { now: number; mute: Mute | undefined },
): WithFiles<z.infer<typeof grafanaStatusRow>> {
  const row = toStatusRow(status, { at: now, mute });
  return {
    repo: row.repo,
    server: row.server,
    state: row.state,
    state_code: codeOf(row.state),
    sync_status: row.sync_status,
    drift_count: lastDriftCount(status.finding, row.state) ?? null,
    files: fileNames(status.finding?.files ?? []),
    since: row.since,
    in_state_s: Math.max(0, now - Date.parse(row.since)) / 1000,
    last_check: row.last_check,
    stale_at: row.stale_at,
    last_synced_at: row.last_synced_at,
    cause: row.incident?.cause ?? null,
    next: row.next,
    error: row.error,
    run_url: row.run_url,
    commit: row.commit,
    branch: row.branch,
    ...handled({ muted: row.muted, acknowledgement: row.incident?.acknowledgement ?? null }),
  };
}

export const grafanaSummaryRow = z
  .object({
    targets: count,
    synced: count,
    out_of_sync: count,
    unknown: count,
    stale: count,
    open_incidents: count,
    drifted_files: count.nullable().openapi({
      description:
        'How many files differ on the targets that have drifted, without those that did not count them; null ' +
        'if none did',
    }),
    uncounted: count.openapi({
      description:
        'How many targets have drifted without a number of files. `drifted_files` does not include them',
    }),
    in_sync_ratio: complianceRow.shape.in_sync_ratio,
    coverage: complianceRow.shape.coverage,
  })
  .openapi('GrafanaSummaryRow');

export const grafanaStateRow = z
  .object({ time, ...targetShape, state: stateCode })
  .openapi('GrafanaStateRow');

export const grafanaDriftRow = z
  .object({ time, ...targetShape, drift_count: driftCount })
  .openapi('GrafanaDriftRow');

export const grafanaCountsRow = z
  .object({
    time,
    synced: count,
    out_of_sync: count,
    unknown: count,
    stale: count,
  })
  .openapi('GrafanaCountsRow');

export const grafanaRepoCountsRow = z
  .object({
    time,
    repo: z.string(),
    ...grafanaCountsRow.omit({ time: true }).shape,
  })
  .openapi('GrafanaRepoCountsRow');

export function toCounts(counts: StateCounts): Omit<z.infer<typeof grafanaCountsRow>, 'time'> {
  return {
    synced: counts.SYNCED,
    out_of_sync: counts.OUT_OF_SYNC,
    unknown: counts.UNKNOWN,
    stale: counts.STALE,
  };
}

/** Compliance in one bucket: what is known about a group in that time. */
export const grafanaTrendRow = z
  .object({
    time,
    repo: complianceRow.shape.repo,
    server: complianceRow.shape.server,
    in_sync_ratio: complianceRow.shape.in_sync_ratio,
    coverage: complianceRow.shape.coverage,
    resolved: count.openapi({ description: 'Incidents that were resolved in this bucket' }),
    mean_time_to_resolve_s: complianceRow.shape.mean_time_to_resolve_s,
    median_time_to_resolve_s: complianceRow.shape.median_time_to_resolve_s,
  })
  .openapi('GrafanaTrendRow');

export function toTrendRow(
  group: Parameters<typeof toComplianceRow>[0],
  { time, compliance }: TrendPoint,
): z.infer<typeof grafanaTrendRow> {
  const row = toComplianceRow(group, compliance);
  return {
    time,
    repo: row.repo,
    server: row.server,
    in_sync_ratio: row.in_sync_ratio,
    coverage: row.coverage,
    resolved: row.incidents,
    mean_time_to_resolve_s: row.mean_time_to_resolve_s,
    median_time_to_resolve_s: row.median_time_to_resolve_s,
  };
}

export const grafanaIncidentRow = z
  .object({
    ...incidentRow.omit({ muted: true, acknowledgement: true }).shape,
    open: z.boolean(),
    files: joinedFiles,
    ...handledShape,
  })
  .openapi('GrafanaIncidentRow');

export function toGrafanaIncidentRow(
  incident: TargetIncident,
  at: { now: number; mute: Mute | undefined },
): WithFiles<z.infer<typeof grafanaIncidentRow>> {
  const { muted, acknowledgement, ...row } = toIncidentRow(incident, at);
  return { ...row, open: incident.resolvedAt === undefined, ...handled({ muted, acknowledgement }) };
}

export const grafanaReportRow = z
  .object({
    time,
    ...targetShape,
    sync_status: z.enum(SYNC_STATUSES),
    drift_count: driftCount,
    files: joinedFiles,
    commit: z.string().nullable(),
    branch: z.string().nullable(),
    run_url: z.string().nullable(),
    tool: z.string().nullable(),
    duration_ms: z.number().nullable(),
    error: z.string().nullable(),
    error_kind: z.string().nullable(),
    received_at: time,
  })
  .openapi('GrafanaReportRow');

export function toGrafanaReportRow(report: Report): WithFiles<z.infer<typeof grafanaReportRow>> {
  const { target, finding } = report;
  return {
    time: report.checkedAt,
    repo: target.repo,
    server: target.server,
    sync_status: finding.syncStatus,
    drift_count: finding.driftCount ?? null,
    files: fileNames(finding.files),
    commit: report.commit ?? null,
    branch: report.branch ?? null,
    run_url: report.runUrl ?? null,
    tool: report.tool ?? null,
    duration_ms: report.durationMs ?? null,
    error: report.error ?? null,
    error_kind: report.errorKind ?? null,
    received_at: report.receivedAt,
  };
}

/** The keys are Grafana's own, `timeEnd` included. */
export const grafanaAnnotationRow = z
  .object({
    time,
    timeEnd: time.nullable(),
    title: z.string(),
    text: z.string(),
    tags: z.string().openapi({ description: 'Joined with ","' }),
  })
  .openapi('GrafanaAnnotationRow');

export const grafanaAlertRow = z
  .object({
    repo: z.string().nullable(),
    server: z.string().nullable(),
    value: z.number().min(0).openapi({ description: '1 if the condition holds, else 0; or seconds' }),
  })
  .openapi('GrafanaAlertRow');

export const grafanaVariableRow = z
  .object({ text: z.string(), value: z.string() })
  .openapi('GrafanaVariableRow');

export function codeOf(state: State): number {
  return STATE_CODES[state];
}
