import { groupBy } from '../../domain/group-by.ts';
import { compareText } from '../../domain/target.ts';
import { compareUrgency } from '../../domain/urgency.ts';
import type { Problem, TargetRow } from '../views/fleet-view.ts';
import { compareRows, isLeft, isWrong, urgencyOf } from './target-row.ts';

/**
 * What is wrong, with each target in exactly one problem. The worst come first, then the longest; muted ones are last.
 * Targets share a problem if they have the same repo, state, files and cause, or error, and the same person acts.
 */
export function problemsOf(rows: readonly TargetRow[]): Problem[] {
  const byKey = groupBy(rows.filter(isWrong), keyOf);
  return [...byKey].flatMap(([key, group]) => problemOf(idOf(key), group) ?? []).sort(compareProblems);
}

function problemOf(id: string, group: readonly TargetRow[]): Problem | undefined {
  const targets = [...group].sort(compareRows({ sort: 'since', desc: false }));
  const [longest] = targets;
  if (longest === undefined) return undefined;
  return { id, longest, targets, error: targets.length === 1 ? longest.error : errorOf(longest) };
}

function keyOf(row: TargetRow): string {
  const { repo, state, syncStatus, files, driftCount, incident, next, mute } = row;
  const shown = state === 'STALE' ? [syncStatus] : [errorOf(row), files, driftCount];
  return JSON.stringify([repo, state, incident?.cause, incident === undefined, shown, next, mute?.id]);
}

/** The error of a check, without the target's own name: so targets with the same error are one problem. */
function errorOf({ error, server }: Pick<TargetRow, 'error' | 'server'>): string | undefined {
  return error?.replaceAll(server, '…');
}

function compareProblems(a: Problem, b: Problem): number {
  return (
    Number(isLeft(a.longest)) - Number(isLeft(b.longest)) ||
    compareUrgency(urgencyOf(a.longest), urgencyOf(b.longest)) ||
    b.targets.length - a.targets.length ||
    compareText(a.longest.repo, b.longest.repo) ||
    compareText(a.longest.server, b.longest.server)
  );
}

/** A short name of a problem for links: 53 bits of its key (cyrb53). */
function idOf(key: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < key.length; i++) {
    a = Math.imul(a ^ key.charCodeAt(i), 2654435761);
    b = Math.imul(b ^ key.charCodeAt(i), 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}
