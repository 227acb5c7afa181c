import { type Month, monthNumber, monthsIn } from '../../domain/months.ts';
import type { Compliance } from '../../domain/questions/compliance.ts';
import { complianceByMonth, type Group, type Grouping } from '../../domain/questions/compliance-groups.ts';
import type { MonthOfGroup } from '../../domain/questions/monthly-compliance.ts';
import type { HistoryReader } from '../../domain/questions/reader.ts';
import { compareText } from '../../domain/target.ts';
import type { ComplianceQuery, ComplianceView, GroupLine } from '../views/compliance-view.ts';
import { pageOf } from './paginate.ts';

/** The number of months side by side, the newest first. */
const MONTHS = 6;
const PAGE_SIZE = 20;

interface Asked {
  readonly query: ComplianceQuery;
  readonly grouping: Grouping;
  readonly page: number;
  readonly now: number;
}

/** The compliance of groups in one month, beside that of the months before. */
export async function complianceView(
  reader: HistoryReader,
  { query, grouping, page, now }: Asked,
): Promise<ComplianceView> {
  const { months, chosen, earlier } = monthsOf(query, now);
  const { repo, server, label } = query;
  const filter = {
    ...(repo && { repos: repo }),
    ...(server && { servers: server }),
    ...(label && { labels: label }),
  };
  const [summaries, [found = [], ofAll = []]] = await Promise.all([
    reader.summaries({}),
    complianceByMonth(reader, { filter }, [grouping, { by: 'all' }], { months, now }),
  ]);
  const newestFirst = [...months].reverse();
  const lineOf = lineMaker(newestFirst, chosen);
  const [all] = linesOf(ofAll, lineOf);
  const shown = pageOf(linesOf(found, lineOf).sort(compareLines), { page, size: PAGE_SIZE });
  return {
    query,
    grouping,
    month: chosen,
    isOver: chosen.to <= now,
    months: newestFirst,
    earlier: all?.cells.at(-1) && earlier,
    now,
    all: all ?? lineOf({}, new Map()),
    lines: shown.items,
    page: shown.page,
    pages: shown.pages,
    labelKeys: [...new Set(summaries.flatMap(({ labels }) => Object.keys(labels)))].sort(),
  };
}

/** The last months, or those up to the chosen one if it is older. */
function monthsOf({ tz, month }: ComplianceQuery, now: number) {
  const calendar = monthsIn(tz);
  const current = calendar.numberAt(now);
  const number = (month === undefined ? undefined : monthNumber(month)) ?? current;
  const last = number > current - MONTHS ? current : number;
  const others = Array.from({ length: MONTHS - 1 }, (_, i) => calendar.month(last - MONTHS + 2 + i));
  const months: [Month, ...Month[]] = [calendar.month(last - MONTHS + 1), ...others];
  return { months, chosen: calendar.month(number), earlier: calendar.month(last - MONTHS).name };
}

type MakeLine = (group: Group, byMonth: ReadonlyMap<string, Compliance>) => GroupLine;

function lineMaker(months: readonly Month[], chosen: Month): MakeLine {
  const before = months[months.findIndex(({ name }) => name === chosen.name) + 1];
  return (group, byMonth) => ({
    group,
    cells: months.map(({ name }) => byMonth.get(name)),
    chosen: byMonth.get(chosen.name),
    before: before && byMonth.get(before.name),
  });
}

function linesOf(rows: readonly MonthOfGroup<Group>[], lineOf: MakeLine): GroupLine[] {
  const groups = new Map<Group, Map<string, Compliance>>();
  for (const { group, month, compliance } of rows) {
    const byMonth = groups.get(group) ?? new Map();
    groups.set(group, byMonth.set(month.name, compliance));
  }
  return [...groups].map(([group, byMonth]) => lineOf(group, byMonth));
}

/** The worst of the month first; those without a known state last. */
function compareLines(a: GroupLine, b: GroupLine): number {
  return (
    (a.chosen?.inSyncRatio ?? 2) - (b.chosen?.inSyncRatio ?? 2) ||
    compareText(JSON.stringify(a.group), JSON.stringify(b.group))
  );
}
