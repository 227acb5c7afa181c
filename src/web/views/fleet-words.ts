import { shownName } from '../../domain/shown.ts';
import { STATES, type State } from '../../domain/state.ts';
import type { FleetView } from './fleet-view.ts';
import { plural, STATE_WORDS } from './words.ts';

/** By urgency. */
const WRONG: readonly State[] = ['OUT_OF_SYNC', 'UNKNOWN', 'STALE'];

/** The answer of the fleet page, as headline and title. "In sync" is said only of the whole fleet. */
export function headlineOf(view: FleetView): string {
  const { query, targets, matching, matchingNeeding } = view;
  if (targets === 0) return 'No reports yet';
  if (!isFiltered(view)) return needOf(view);
  if (matching === 0) return `No target matches${query.q === undefined ? '' : ` “${shownName(query.q)}”`}`;
  return `${matchingNeeding} of ${plural(matching, 'matching target')} ${needs(matchingNeeding, matching)} someone`;
}

/** What the headline does not say: how many in which state, or of a part of the fleet, how the whole is. */
export function detailsOf(view: FleetView): string {
  return [...(isFiltered(view) ? wholeOf(view) : wrongOf(view)), ...mutedOf(view)].join(' ');
}

function wholeOf(view: FleetView): readonly string[] {
  const part = view.matching === 0 ? 'This says nothing about the fleet.' : 'This is a part of the fleet.';
  return [part, `The whole: ${needOf(view)}.`];
}

function wrongOf({ counts, unseenDrifts }: FleetView): readonly string[] {
  const wrong = WRONG.filter((state) => counts[state] > 0);
  if (wrong.length === 0) return [];
  const states = wrong.map((state) => `${counts[state]} ${STATE_WORDS[state].toLowerCase()}`).join(', ');
  if (unseenDrifts === 0) return [`${states}.`];
  const are = unseenDrifts === 1 ? 'is' : 'are';
  return [
    `${states}.`,
    `${unseenDrifts} of those out of sync ${are} also unknown or stale: the incident is still open.`,
  ];
}

/** Those need nobody, but they are not in sync. */
function mutedOf({ muted }: FleetView): readonly string[] {
  return muted === 0 ? [] : [`${muted} ${muted === 1 ? 'is' : 'are'} not in sync and muted.`];
}

export function isFiltered({ query }: Pick<FleetView, 'query'>): boolean {
  const { q, repo, server, label, state, muted } = query;
  const isEveryState = state === undefined || STATES.every((one) => state.includes(one));
  return !isEveryState || [q, repo, server, label, muted].some((part) => part !== undefined);
}

function needOf({ targets, needing, muted }: FleetView): string {
  if (needing + muted > 0)
    return `${needing} of ${plural(targets, 'target')} ${needs(needing, targets)} someone`;
  return targets === 1 ? 'The target is in sync' : `All ${targets} targets are in sync`;
}

function needs(needing: number, of: number): string {
  return needing === 1 || of === 1 ? 'needs' : 'need';
}
