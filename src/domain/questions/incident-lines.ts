import { FLAPS_WITHIN_MS, flaps } from '../flapping.ts';
import { groupBy } from '../group-by.ts';
import type { Incident } from '../incident.ts';
import { compareTargets, compareText, type Target, targetKey } from '../target.ts';

const DAY_MS = 86_400_000;

type OfTarget = Pick<Incident, 'openedAt' | 'resolvedAt' | 'cause'> & { readonly target: Target };

/** The incidents of one target with one cause, whatever their files are. */
export interface IncidentLine<I> {
  readonly target: Target;
  readonly cause: Incident['cause'];
  /** The newest first. */
  readonly incidents: readonly [I, ...I[]];
  /** A target has at most one open incident. */
  readonly open: I | undefined;
}

/** The lines of incidents: open ones first, then the newest first. Each incident is in exactly one line. */
export function incidentLines<I extends OfTarget>(incidents: readonly I[]): IncidentLine<I>[] {
  const groups = groupBy(incidents, ({ target, cause }) => `${targetKey(target)} ${cause}`);
  return [...groups.values()].flatMap((group) => lineOf(group) ?? []).sort(compareLines);
}

/** The targets that flap at an instant, by their keys. `incidents` are all of the seven days before it. */
export function flappingTargets(incidents: readonly OfTarget[], at: number): ReadonlySet<string> {
  const recent = incidents.filter((incident) => isRecent(incident, at));
  const byTarget = groupBy(recent, ({ target }) => targetKey(target));
  return new Set([...byTarget].flatMap(([key, those]) => (flaps(those.length) ? [key] : [])));
}

/** Whether an incident counts for flapping at an instant. */
export function isRecent({ openedAt }: Pick<Incident, 'openedAt'>, at: number): boolean {
  return openedAt > at - FLAPS_WITHIN_MS;
}

/** How many incidents opened in each of the last days before an instant, of 24 hours each, the oldest first. */
export function openedPerDay(
  incidents: readonly Pick<Incident, 'openedAt'>[],
  { to, days }: { to: number; days: number },
): number[] {
  const counts = Array.from({ length: days }, () => 0);
  for (const { openedAt } of incidents) {
    // By a clock that was turned back since, it may have opened after now.
    const day = days - 1 - Math.max(0, Math.floor((to - openedAt) / DAY_MS));
    if (day >= 0) counts[day] = (counts[day] ?? 0) + 1;
  }
  return counts;
}

function lineOf<I extends OfTarget>(group: readonly I[]): IncidentLine<I> | undefined {
  const [latest, ...others] = [...group].sort(
    (a, b) => Number(isOpen(b)) - Number(isOpen(a)) || newestFirst(a, b),
  );
  if (latest === undefined) return undefined;
  const { target, cause } = latest;
  return { target, cause, incidents: [latest, ...others], open: isOpen(latest) ? latest : undefined };
}

function compareLines<I extends OfTarget>(a: IncidentLine<I>, b: IncidentLine<I>): number {
  return (
    Number(b.open !== undefined) - Number(a.open !== undefined) ||
    newestFirst(a.incidents[0], b.incidents[0]) ||
    compareTargets(a.target, b.target) ||
    compareText(a.cause ?? '', b.cause ?? '')
  );
}

function newestFirst(a: OfTarget, b: OfTarget): number {
  return b.openedAt - a.openedAt;
}

function isOpen({ resolvedAt }: OfTarget): boolean {
  return resolvedAt === undefined;
}
