import { z } from '@hono/zod-openapi';
import { SYNC_STATUSES } from '../../domain/finding.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Report } from '../../domain/report.ts';
import { instant } from './instant.ts';
import { driftCount } from './status.ts';

/** One row of `reports`: as posted, then `received_at`. */
export const reportRow = z
  .looseObject({
    repo: z.string(),
    server: z.string(),
    sync_status: z.enum(SYNC_STATUSES),
    drift_count: driftCount,
    files: z.array(z.looseObject({ name: z.string() })),
    last_check: instant,
    expected_interval_s: z.number().optional(),
    stale_after_s: z.number().optional(),
    check: z.string().optional().openapi({
      description: 'Of a push to `/metrics/job/…`: its grouping key without repo, server and instance',
    }),
    after_deploy: z.literal(true).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    commit: z.string().optional(),
    branch: z.string().optional(),
    run_url: z.string().optional(),
    tool: z.string().optional(),
    duration_ms: z.number().optional(),
    error: z.string().optional(),
    error_kind: z.string().optional(),
    received_at: instant,
  })
  .openapi('ReportRow');

export function toReportRow(report: Report): z.infer<typeof reportRow> {
  const { target, finding } = report;
  return {
    ...target,
    sync_status: finding.syncStatus,
    drift_count: finding.driftCount ?? null,
    files: [...finding.files],
    last_check: formatInstant(report.lastCheckAt),
    ...optional('expected_interval_s', report.expectedIntervalS),
    ...optional('stale_after_s', report.staleAfterS),
    ...optional('check', report.check),
    ...optional('after_deploy', report.afterDeploy || undefined),
    ...optional('labels', report.labels),
    ...optional('commit', report.commit),
    ...optional('branch', report.branch),
    ...optional('run_url', report.runUrl),
    ...optional('tool', report.tool),
    ...optional('duration_ms', report.durationMs),
    ...optional('error', report.error),
    ...optional('error_kind', report.errorKind),
    ...report.extra,
    received_at: formatInstant(report.receivedAt),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
