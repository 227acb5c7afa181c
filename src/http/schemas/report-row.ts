import { z } from '@hono/zod-openapi';
import { SYNC_STATUSES } from '../../domain/finding.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Report } from '../../domain/report.ts';
import { instant } from './instant.ts';
import { GIVEN_FIELDS, toGiven } from './report-fields.ts';
import { driftCount, namedFile } from './status.ts';

/** One row of `reports`: as posted, then `received_at`. */
export const reportRow = z
  .looseObject({
    repo: z.string(),
    server: z.string(),
    sync_status: z.enum(SYNC_STATUSES),
    drift_count: driftCount,
    files: z.array(namedFile),
    last_check: instant,
    ...GIVEN_FIELDS,
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
    ...toGiven(report),
    ...report.extra,
    received_at: formatInstant(report.receivedAt),
  };
}
