import { shownName } from '../../domain/shown.ts';
import { STATES, type State } from '../../domain/state.ts';
import type { FleetView } from './fleet-view.ts';
import { formatMinute, plural, STATE_WORDS } from './words.ts';

/** The answer of the fleet page, as headline and title. It says "in sync" only of the whole fleet. */
export function headlineOf(view: FleetView): string {
  const answer = answerOf(view);
  return view.query.at === undefined ? answer : `At ${formatMinute(view.at)}, ${lowerFirst(answer)}`;
}

/** The same without the requested instant. */
export function answerOf(view: FleetView): string {
  const { query, targets, matching, matchingNeeding } = view;
  if (targets === 0) return isPast(view) ? 'No target had reported yet' : 'No reports yet';
  if (!isFiltered(view)) return needOf(view);
  if (matching === 0)
    return `No target ${isPast(view) ? 'matched' : 'matches'}${query.q === undefined ? '' : ` “${shownName(query.q)}”`}`;
  return `${matchingNeeding} of ${plural(matching, 'matching target')} ${needs(view, matchingNeeding, matching)} someone`;
}

/** What the headline leaves out; for a part of the fleet, the state of the whole. */
export function detailsOf(view: FleetView): string {
  return [...(isFiltered(view) ? wholeOf(view) : problemsOf(view)), ...unseenOf(view), ...mutedOf(view)].join(
    ' ',
  );
}

function wholeOf(view: FleetView): readonly string[] {
  const part = view.matching === 0 ? 'This says nothing about the fleet.' : 'This is a part of the fleet.';
  return [part, `The whole: ${needOf(view)}.`];
}

function problemsOf({ shown, needing }: FleetView): readonly string[] {
  if (shown.kind !== 'overview' || shown.openProblems === needing) return [];
  const are = shown.openProblems === 1 ? 'They are 1 problem' : `They are ${shown.openProblems} problems`;
  return [`${are}: the same files of one repo, or the same error, count once.`];
}

function unseenOf({ unseenDrifts }: FleetView): readonly string[] {
  if (unseenDrifts === 0) return [];
  const are = unseenDrifts === 1 ? 'is' : 'are';
  return [`${unseenDrifts} of those out of sync ${are} also unknown or stale: the incident is still open.`];
}

/** Nobody has to act on these, but they are not in sync. */
function mutedOf({ muted, query }: FleetView): readonly string[] {
  if (muted === 0) return [];
  const are = query.at === undefined ? ['is', 'are'] : ['was', 'were'];
  return [`${muted} ${muted === 1 ? are[0] : are[1]} not in sync and muted.`];
}

export function isFiltered({ query }: Pick<FleetView, 'query'>): boolean {
  const { q, repo, server, label, state, muted, problem } = query;
  const isEveryState = state === undefined || STATES.every((one) => state.includes(one));
  return !isEveryState || [q, repo, server, label, muted, problem].some((part) => part !== undefined);
}

/** How many targets are in each state: `2 of 4 in sync, 1 stale`. */
export function countsInWords(counts: Readonly<Record<State, number>>): string {
  const all = STATES.reduce((sum, state) => sum + counts[state], 0);
  if (counts.SYNCED === all) return `${all === 1 ? '' : `all ${formatCount(all)} `}in sync`;
  const wrong = WRONG.filter((state) => counts[state] > 0).map(
    (state) => `${formatCount(counts[state])} ${STATE_WORDS[state].toLowerCase()}`,
  );
  return [`${formatCount(counts.SYNCED)} of ${formatCount(all)} in sync`, ...wrong].join(', ');
}

/** By urgency. */
const WRONG: readonly State[] = ['OUT_OF_SYNC', 'UNKNOWN', 'STALE'];

function formatCount(count: number): string {
  return count.toLocaleString('en');
}

function needOf(view: FleetView): string {
  const { targets, needing, muted } = view;
  if (needing + muted > 0)
    return `${formatCount(needing)} of ${formatCount(targets)} ${targets === 1 ? 'target' : 'targets'} ${needs(view, needing, targets)} someone`;
  const [is, are] = isPast(view) ? ['was', 'were'] : ['is', 'are'];
  return targets === 1 ? `The target ${is} in sync` : `All ${formatCount(targets)} targets ${are} in sync`;
}

function needs(view: FleetView, needing: number, of: number): string {
  if (isPast(view)) return 'needed';
  return needing === 1 || of === 1 ? 'needs' : 'need';
}

function isPast({ query }: FleetView): boolean {
  return query.at !== undefined;
}

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}
