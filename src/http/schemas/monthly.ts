import { z } from '@hono/zod-openapi';
import { formatInstant } from '../../domain/instant.ts';
import { isZone, type Month, monthNumber, monthsIn } from '../../domain/months.ts';
import type { Group, Grouping } from '../../domain/questions/compliance-groups.ts';
import type { MonthOfGroup } from '../../domain/questions/monthly-compliance.ts';
import type { RangeAsked } from '../../domain/questions/range.ts';
import { LABEL_KEY_PATTERN } from '../../domain/target.ts';
import { complianceRow, toComplianceRow } from './history.ts';
import { instant } from './instant.ts';
import { invalidParameter, once } from './query.ts';
import { LABEL_KEY_RULE } from './report-fields.ts';

/** By default the last twelve, and at most as many as history is kept. */
const USUAL_MONTHS = 12;
const MAX_MONTHS = 61;

const DEFAULT_ZONE = 'UTC';

export const zone = z
  .string(once)
  .optional()
  .transform((text) => text || undefined)
  .refine((text) => text === undefined || isZone(text), {
    error: ({ input }) => `${input} is not a zone of the IANA database, such as Europe/Berlin or UTC`,
  })
  .openapi({
    type: 'string',
    example: 'Europe/Berlin',
    description:
      `The zone of the months, from the IANA database; ${DEFAULT_ZONE} by default. Only with ` +
      '`period=month`.',
  });

export const monthName = z
  .string(once)
  .optional()
  .transform((text) => text || undefined)
  .refine((text) => text === undefined || monthNumber(text) !== undefined, 'must be a month such as 2026-11')
  .openapi({
    type: 'string',
    example: '2026-11',
    description: 'Only this month, instead of `from` and `to`. Only with `period=month`.',
  });

export const monthParams = {
  period: z
    .enum(['', 'month'], 'must be month')
    .optional()
    .openapi({
      type: 'string',
      title: 'CompliancePeriod',
      enum: ['month'],
      description:
        `One row for each calendar month that the range overlaps, by default the last ${USUAL_MONTHS}. Rows ` +
        'then have `label`, `period_start`, `period_end` and `complete`. A target counts from its ' +
        'declaration or first report until it was deleted. An incident counts in the month in which it ' +
        'opened. Its time to resolve counts in the month in which it was resolved. Late reports may still ' +
        'change months that are over.',
    }),
  tz: zone,
  month: monthName,
};

const BY = ['target', 'repo', 'all'] as const;

export const groupByOrLabel = (usual: (typeof BY)[number]) =>
  z
    .string(once)
    .default(usual)
    .transform((text, context): Grouping => {
      const by = BY.find((one) => one === text);
      if (by !== undefined) return { by };
      const key = /^label:(.*)$/s.exec(text)?.[1];
      if (key === undefined) context.addIssue(`must be one of ${BY.join(', ')}, or label:KEY`);
      else if (!LABEL_KEY_PATTERN.test(key)) context.addIssue(`must be label:KEY; the key ${LABEL_KEY_RULE}`);
      else return { by: 'label', key };
      return z.NEVER;
    })
    .openapi({
      type: 'string',
      default: usual,
      pattern: `^(${BY.join('|')}|label:[a-z][a-z0-9_]{0,62})$`,
      description:
        'One row per target, per repo, or one for all; with `period=month` also `label:KEY`: one per value ' +
        'that the label has now.',
    });

export const complianceMonth = z
  .object({
    ...complianceRow.shape,
    label: z
      .string()
      .nullable()
      .openapi({ description: 'With `group_by=label:KEY` its value; null also of targets without it' }),
    period_start: instant.openapi({ description: 'The first instant of the month' }),
    period_end: instant.openapi({ description: 'The first instant of the next month' }),
    complete: z
      .boolean()
      .openapi({ description: 'Whether the month is over. If it is not, the row counts until now' }),
  })
  .openapi('ComplianceMonth');

export function toComplianceMonth(
  { group, month, compliance }: MonthOfGroup<Group>,
  now: number,
): z.infer<typeof complianceMonth> {
  const { repo = null, server = null, label = null } = group;
  return {
    ...toComplianceRow({ repo, server }, compliance),
    label,
    period_start: formatInstant(month.from),
    period_end: formatInstant(month.to),
    complete: month.to <= now,
  };
}

export interface MonthsQuery {
  readonly tz?: string | undefined;
  readonly month?: string | undefined;
}

/** The requested months, none of which begins after now. Throws `invalid` if there is none, or too many. */
export function monthsAsked(
  { tz = DEFAULT_ZONE, month }: MonthsQuery,
  { from, to = Number.POSITIVE_INFINITY }: RangeAsked,
  now: number,
): [Month, ...Month[]] {
  const { month: monthAt, numberAt } = monthsIn(tz);
  const current = numberAt(now);
  const named = month === undefined ? undefined : monthNumber(month);
  if (named !== undefined && named > current) throw invalidParameter('month', `${month} has not begun yet`);
  if (named !== undefined && (from !== undefined || to !== Number.POSITIVE_INFINITY))
    throw invalidParameter('month', 'cannot be combined with from or to');
  const last = named ?? (to > now ? current : numberAt(Math.max(to - 1, 0)));
  const first = named ?? (from === undefined ? last - USUAL_MONTHS + 1 : Math.min(numberAt(from), last));
  if (last - first >= MAX_MONTHS)
    throw invalidParameter('from', `is more than ${MAX_MONTHS} months before to`);
  const others = Array.from({ length: last - first }, (_, i) => monthAt(first + 1 + i));
  return [monthAt(first), ...others];
}
