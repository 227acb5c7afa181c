import type { Condition, Problem } from '../domain/notify/message.ts';
import { causeWords, formatMinute, formatSpan, plural } from '../web/views/words.ts';
import { type Line, name, names, text } from './line.ts';

/** How many files of a target are named. */
const NAMED_FILES = 10;
/** A longer address is left out: a part of one leads nowhere. */
const MAX_URL = 500;

/** The facts about one target below its name, a line for each. */
export function problemLines(problem: Problem, now: number): readonly Line[] {
  const { condition, resolution } = problem;
  const isOpen = resolution === undefined;
  return [
    ...(condition === 'drift' ? [differsLine(problem)] : []),
    sinceLine(problem, now),
    ...(condition === 'drift' && !isOpen ? [resolvedLine(resolution)] : []),
    ...(condition === 'drift' && isOpen ? causeLines(problem) : []),
    ...stateLines(problem),
    ...(isOpen ? errorLines(problem) : []),
    ...(problem.next === undefined ? [] : [['Next: ', text(problem.next)]]),
    ...(problem.acknowledgedBy === undefined ? [] : [['Acknowledged by: ', name(problem.acknowledgedBy)]]),
    ...labelLines(problem),
    ...(problem.commit === undefined ? [] : [['Commit: ', name(problem.commit, 64)]]),
    ...runLines(problem),
  ];
}

function differsLine({ files, driftCount, resolution }: Problem): Line {
  const key = resolution === undefined ? 'Differs: ' : 'Differed: ';
  const count = Math.max(driftCount ?? 0, files.length);
  if (files.length === 0)
    return [
      key,
      driftCount === undefined ? 'the number of files is not known' : plural(count, 'file'),
      NONE_NAMED,
    ];
  const all = names(files, NAMED_FILES);
  if (driftCount === undefined) return [key, `at least ${plural(files.length, 'file')}: `, ...all];
  if (count > files.length)
    return [key, `${plural(count, 'file')}, of which ${files.length} named: `, ...all];
  return [key, `${plural(count, 'file')}: `, ...all];
}

const NONE_NAMED = '; no file is named';

function sinceLine({ since, resolution }: Problem, now: number): Line {
  if (resolution === undefined) return [`Since: ${formatMinute(since)} (${formatSpan(now - since)})`];
  const { at } = resolution;
  return [`From ${formatMinute(since)} to ${formatMinute(at)} (${formatSpan(at - since)})`];
}

function resolvedLine({ by, commit }: NonNullable<Problem['resolution']>): Line {
  const at: Line = commit === undefined ? [] : [' ', name(commit, 64)];
  if (by === 'commit') return ['Resolved by commit', ...at];
  if (by === 'hand') return ['Resolved by hand: the commit', ...at, ' is the one it opened with'];
  return ['Resolved by unknown means'];
}

function causeLines({ incident }: Problem): readonly Line[] {
  return incident === undefined ? [] : [[`Cause: ${causeWords(incident.cause).long}`]];
}

const STATE_LINES: Readonly<Record<Problem['state'], string>> = {
  SYNCED: 'Now: in sync',
  OUT_OF_SYNC: 'Now: out of sync',
  UNKNOWN: 'Now: unknown, the last check could not tell',
  STALE: 'Now: stale, no report arrived in time',
};

const USUAL_STATE: Readonly<Record<Condition, Problem['state']>> = {
  drift: 'OUT_OF_SYNC',
  unknown: 'UNKNOWN',
  stale: 'STALE',
  never_reported: 'STALE',
};

/**
 * Whether a problem that is over ended well: what was wrong with the target no longer is. A problem is also over if its
 * target was deleted.
 */
export function endedWell({ condition, state }: Problem): boolean {
  return condition === 'drift' ? state === 'SYNCED' : state !== USUAL_STATE[condition];
}

/** The state now, if the problem does not say it already. */
function stateLines({ condition, state }: Problem): readonly Line[] {
  return state === USUAL_STATE[condition] ? [] : [[STATE_LINES[state]]];
}

function errorLines({ error, errorKind }: Problem): readonly Line[] {
  if (error === undefined && errorKind === undefined) return [];
  const kind: Line = errorKind === undefined ? [] : [' (', name(errorKind, 64), ')'];
  return [['Error', ...kind, ...(error === undefined ? [] : [': ', text(error)])]];
}

function labelLines({ labels }: Problem): readonly Line[] {
  const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return all.length === 0 ? [] : [['Labels: ', ...names(all, 16)]];
}

function runLines({ runUrl }: Problem): readonly Line[] {
  const address = runUrl === undefined ? undefined : runAddress(runUrl);
  return address === undefined ? [] : [['Run: ', { said: address, isAddress: true }]];
}

/** The address of a run as `URL` writes it, without blanks, quotes and angle brackets; undefined if it is none. */
export function runAddress(runUrl: string): string | undefined {
  if (!/^https?:/i.test(runUrl) || !URL.canParse(runUrl)) return undefined;
  const { href } = new URL(runUrl);
  return href.length > MAX_URL ? undefined : href;
}
