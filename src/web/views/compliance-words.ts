import type { Month } from '../../domain/months.ts';
import type { Compliance } from '../../domain/questions/compliance.ts';
import type { Group } from '../../domain/questions/compliance-groups.ts';
import { shownName } from '../../domain/shown.ts';
import type { ComplianceView } from './compliance-view.ts';
import { formatShare } from './words.ts';

const NO_DATA = 'no data';

const NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `November 2026`. */
export function monthWords({ name }: Month): string {
  return `${monthName(name)} ${name.slice(0, 4)}`;
}

/** `Nov`, and `Jan 2026` if a year begins. */
export function shortMonth({ name }: Month): string {
  const short = monthName(name).slice(0, 3);
  return name.endsWith('-01') ? `${short} ${name.slice(0, 4)}` : short;
}

/** `November`. */
export function monthName(name: string): string {
  return NAMES[Number(name.slice(5)) - 1] ?? name;
}

/** The share in sync of the time with a known state. */
export function inSyncWords(compliance: Compliance | undefined): string {
  return share(compliance?.inSyncRatio);
}

/** The share of the time with a known state. */
export function knownWords(compliance: Compliance | undefined): string {
  return share(compliance?.coverage);
}

function share(ratio: number | undefined): string {
  return ratio === undefined ? NO_DATA : formatShare(ratio);
}

/** The difference of two shares as shown: `−0.6 points`. */
export function pointsBetween(
  before: Compliance | undefined,
  now: Compliance | undefined,
): string | undefined {
  if (before?.inSyncRatio === undefined || now?.inSyncRatio === undefined) return undefined;
  const tenths = Math.floor(now.inSyncRatio * 1000) - Math.floor(before.inSyncRatio * 1000);
  const sign = tenths < 0 ? '−' : tenths > 0 ? '+' : '±';
  return `${sign}${(Math.abs(tenths) / 10).toFixed(1)} points`;
}

export function groupWords(
  { repo, server, label }: Group,
  { grouping }: Pick<ComplianceView, 'grouping'>,
): string {
  if (server !== undefined) return shownName(`${repo} on ${server}`);
  if (grouping.by === 'label') return label === undefined ? `without ${grouping.key}` : shownName(label);
  return repo === undefined ? 'All' : shownName(repo);
}

/** The kind of a row: `Repo`. */
export function groupingWords({ grouping }: Pick<ComplianceView, 'grouping'>): string {
  if (grouping.by === 'label') return shownName(grouping.key);
  return { target: 'Target', repo: 'Repo', all: 'All' }[grouping.by];
}

/** The answer: the share, of what, in which month of which zone, and whether the month is over. */
export function headlineOf({ query, month, isOver, all }: ComplianceView): string {
  const { repo, server, label, tz } = query;
  const of = [...(repo ?? []), ...(server ?? []), ...(label ?? [])].map((one) => shownName(one)).join(', ');
  const when = `${monthWords(month)} (${tz})${isOver ? '' : ', so far'}`;
  const answer =
    all.chosen?.inSyncRatio === undefined
      ? `No data for ${when}`
      : `${inSyncWords(all.chosen)} in sync in ${when}`;
  return of === '' ? answer : `${of}: ${answer}`;
}

/** How much of the time was known, and what may still change. */
export function detailsOf({ isOver, all }: ComplianceView): string {
  const late = isOver
    ? 'Late reports may still change a month that is over.'
    : 'Late reports may still change past months.';
  if (all.chosen === undefined) return `There was no target in this month. ${late}`;
  return (
    `This is the share of the known time: ${knownWords(all.chosen)} of all target time was known. ` +
    `Silence and failed checks are never counted as in sync. ${late}`
  );
}
