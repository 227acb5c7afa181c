import { formatInstant } from '../../domain/instant.ts';
import type { Month } from '../../domain/months.ts';
import type { Compliance } from '../../domain/questions/compliance.ts';
import type { Group, Grouping } from '../../domain/questions/compliance-groups.ts';
import { linkTo } from './links.ts';

/** The query of the compliance page. Every link on the page keeps the other parts of it. */
export interface ComplianceQuery {
  /** `repo`, `target`, `all` or `label:KEY`. */
  readonly by: string;
  /** Undefined for the current one. */
  readonly month: string | undefined;
  readonly tz: string;
  readonly repo: readonly string[] | undefined;
  readonly server: readonly string[] | undefined;
  /** Each `key:value`. */
  readonly label: readonly string[] | undefined;
}

/** A group of targets with its months. A month is undefined if it has no time that counts. */
export interface GroupLine {
  readonly group: Group;
  /** The newest first, like the months of the view. */
  readonly cells: readonly (Compliance | undefined)[];
  readonly chosen: Compliance | undefined;
  /** In the month before. */
  readonly before: Compliance | undefined;
}

export interface ComplianceView {
  readonly query: ComplianceQuery;
  readonly grouping: Grouping;
  /** The month that the page is about. */
  readonly month: Month;
  readonly isOver: boolean;
  /** The newest first. */
  readonly months: readonly Month[];
  /** The name of the month before them, if it may have something to show. */
  readonly earlier: string | undefined;
  readonly now: number;
  readonly all: GroupLine;
  /** The worst first. */
  readonly lines: readonly GroupLine[];
  readonly page: number;
  readonly pages: number;
  /** From all labels of the targets. */
  readonly labelKeys: readonly string[];
}

export const USUAL_ZONE = 'UTC';
export const USUAL_GROUPING = 'repo';

/** The link to the page with some changes to the query; it starts at the first page. */
export function complianceLink(
  query: ComplianceQuery,
  changes: Partial<ComplianceQuery> & { page?: number } = {},
  path = '/compliance',
): string {
  const { by, tz, page, ...others } = { ...query, page: 1, ...changes };
  return linkTo(path, {
    by: by === USUAL_GROUPING ? undefined : by,
    tz: tz === USUAL_ZONE ? undefined : tz,
    ...others,
    page: page === 1 ? undefined : page,
  });
}

/** The same months and groups from the API. */
export function complianceRows({ query, months }: ComplianceView, format?: 'csv'): string {
  const [newest, oldest] = [months[0], months.at(-1)];
  const { by, tz, repo, server, label } = query;
  return linkTo('/api/v1/compliance', {
    period: 'month',
    tz,
    group_by: by,
    from: oldest && formatInstant(oldest.from),
    to: newest && formatInstant(newest.to),
    repo,
    server,
    label,
    format,
  });
}

/** The link of a month of a group: to its targets, or to its only target. */
export function groupLink(
  { query, grouping }: ComplianceView,
  { repo, server, label }: Group,
  month: string,
): string | undefined {
  if (repo !== undefined && server !== undefined) return linkTo('/target', { repo, server });
  if (repo !== undefined) return complianceLink(query, { by: 'target', month, repo: [repo] });
  if (grouping.by !== 'label') return complianceLink(query, { by: 'target', month });
  if (label === undefined) return undefined;
  const others = (query.label ?? []).filter((one) => !one.startsWith(`${grouping.key}:`));
  return complianceLink(query, { by: 'target', month, label: [...others, `${grouping.key}:${label}`] });
}
