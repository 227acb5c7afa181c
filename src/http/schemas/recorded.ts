import { z } from '@hono/zod-openapi';
import { formatInstant } from '../../domain/instant.ts';
import type { Recorded } from '../../domain/record/submission.ts';
import { MAX_STALE_AFTER_S, type PostedReport } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import { targetText } from '../refusals.ts';
import { instant } from './instant.ts';
import { misspelledKeyWarnings } from './misspelled-keys.ts';
import { REPORT_KEYS } from './report.ts';
import { openIncident, toOpenIncident } from './status.ts';

/** The result of recording one report. `since`, `stale_at` and `incident` describe the target after it. */
const recordedAnswer = z
  .object({
    repo: z.string(),
    server: z.string(),
    last_check: instant,
    recorded: z.enum(['new', 'duplicate']).openapi({ title: 'RecordedAs' }),
    change: z.enum(['first', 'unchanged', 'changed', 'late']).openapi({
      title: 'Change',
      description:
        'How its finding compares with the report before it; `late` if a newer report was already there',
    }),
    since: instant,
    stale_at: instant,
    incident: openIncident,
    warnings: z.array(z.string()).optional().openapi({
      description:
        'What was recorded in another way than it was sent, and why. Absent if there is no warning',
    }),
  })
  .openapi('RecordedReport');

type RecordedAnswer = z.infer<typeof recordedAnswer>;

const recordedArray = z.array(recordedAnswer).openapi('RecordedArray');

export const recordedAnswers = z.union([recordedAnswer, recordedArray]).openapi('RecordedBody');

/** One answer for each report, in order. */
export function toRecordedAnswers(
  reports: readonly PostedReport[],
  recorded: readonly Recorded[],
): RecordedAnswer[] {
  return reports.flatMap((report, i) => {
    const one = recorded[i];
    return one === undefined ? [] : [toRecordedAnswer(report, one)];
  });
}

function toRecordedAnswer(report: PostedReport, recorded: Recorded): RecordedAnswer {
  const { repo, server } = report.target;
  const warnings = warningsOf(report, recorded);
  return {
    repo,
    server,
    last_check: formatInstant(recorded.lastCheckAt),
    recorded: recorded.recorded,
    change: recorded.change,
    since: formatInstant(recorded.since),
    stale_at: formatInstant(recorded.staleAt),
    incident: toOpenIncident(recorded.incident),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

function warningsOf(report: PostedReport, recorded: Recorded): string[] {
  const one = [
    graceWarning(report),
    orderWarning(recorded),
    nameWarning(report, recorded),
    similarWarning(recorded.target, recorded.similar),
  ].filter((warning) => warning !== undefined);
  return [...one, ...keyWarnings(Object.keys(report.extra))];
}

function nameWarning({ target }: PostedReport, recorded: Recorded): string | undefined {
  if (target.repo === recorded.target.repo && target.server === recorded.target.server) return undefined;
  return (
    `${targetText(target)} is now called ${targetText(recorded.target)}: the report was recorded there. ` +
    'Report under the new name.'
  );
}

/** The warnings of an answer about a target that is new. */
export function similarWarnings(target: Target, similar: readonly Target[]): { warnings?: string[] } {
  const warning = similarWarning(target, similar);
  return warning === undefined ? {} : { warnings: [warning] };
}

function similarWarning(target: Target, [first, ...others]: readonly Target[]): string | undefined {
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return (
    `The name ${targetText(target)} is almost the same as that of another target, ` +
    `${targetText(first)}${more}. If they are the same, report under one name, and delete the other.`
  );
}

const keyWarnings = misspelledKeyWarnings(REPORT_KEYS);

function graceWarning({ staleAfterS }: PostedReport): string | undefined {
  if (staleAfterS === undefined || staleAfterS <= MAX_STALE_AFTER_S) return undefined;
  return `stale_after_s is ${staleAfterS}, more than 7 days: ${MAX_STALE_AFTER_S} is used.`;
}

/** Why the report counts as checked at another instant than it says; undefined if it does not. */
function orderWarning({ recorded, change, lastCheckAt, checkedAt }: Recorded): string | undefined {
  const aheadMs = lastCheckAt - checkedAt;
  if (aheadMs <= 0) return undefined;
  if (change !== 'late') {
    return (
      `last_check is ${aheadMs / 1000} s ahead of the server's clock: the report counts as checked at ` +
      `${formatInstant(checkedAt)}. Set the clock of the machine that ran the check.`
    );
  }
  // For a late duplicate the reason is no longer known.
  if (recorded === 'duplicate') return undefined;
  return (
    `The target already has a newer report. This one counts as checked at ${formatInstant(checkedAt)}, ` +
    `${aheadMs / 1000} s before its last_check, and so before the newer one.`
  );
}
