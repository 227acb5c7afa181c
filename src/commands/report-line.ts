import { z } from 'zod';
import { formatInstant } from '../domain/instant.ts';
import { instantRefusal, MAX_AHEAD_MS, type Report } from '../domain/report.ts';
import { invalidRequest } from '../http/problem.ts';
import { parseRfc3339 } from '../http/schemas/instant.ts';
import { reportBody, toReport, toReportRow } from '../http/schemas/report.ts';

const instant = z.string().transform((text, context) => {
  const at = parseRfc3339(text);
  if (at !== undefined) return at;
  context.addIssue('must be RFC 3339 with an offset, such as 2026-04-21T10:32:15Z');
  return z.NEVER;
});

/** What an export adds to a report as it is posted; a report without them is as good as one that arrives now. */
const added = z.looseObject({ received_at: instant.optional(), stale_at: instant.optional() });

/**
 * A report as one line: as it was posted, then what else the fold reads of it. `received_at` decides between reports
 * of one instant, and `stale_at` may come from a setting that has been changed since.
 */
export function toReportLine(report: Report): string {
  const staleAt = formatInstant(report.checkedAt + report.staleAfterMs);
  return JSON.stringify({ ...toReportRow(report), stale_at: staleAt });
}

/** The report that a line holds. Throws in words where it holds none that could have been recorded. */
export function parseReportLine(
  line: string,
  { now, staleAfterMs }: { now: number; staleAfterMs: number },
): Report {
  const { received_at: receivedAt = now, stale_at: staleAt, ...posted } = parse(added, parseJson(line));
  const report = toReport(parse(reportBody, posted), { receivedAt, staleAfterMs });
  const refusal = instantRefusal(report.checkedAt, { now, retentionMs: Number.POSITIVE_INFINITY });
  if (refusal !== undefined) throw new Error(refusal);
  if (receivedAt > now + MAX_AHEAD_MS) throw new Error('/received_at: must not be in the future');
  if (staleAt === undefined) return report;
  if (staleAt <= report.checkedAt) throw new Error('/stale_at: must be after last_check');
  return { ...report, staleAfterMs: staleAt - report.checkedAt };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Error(`is not JSON: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidRequest(parsed.error, 'body');
  return parsed.data;
}
