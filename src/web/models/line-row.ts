import { complianceOf } from '../../domain/questions/compliance.ts';
import { type IncidentLine, isRecent, openedPerDay } from '../../domain/questions/incident-lines.ts';
import type { TargetIncident } from '../../domain/questions/reader.ts';
import { resolverOf } from '../../domain/resolution.ts';
import { compareText, targetKey } from '../../domain/target.ts';
import { filesOf, type IncidentRow } from '../views/incident-table.tsx';
import type { LineRow } from '../views/incidents-view.ts';
import type { NamedFiles } from '../views/main-file.tsx';

/** How many days each line shows, whatever the range is. */
export const LINE_DAYS = 30;

interface Around {
  /** All matching incidents, of the range and of the days that are shown. */
  readonly known: readonly TargetIncident[];
  readonly flapping: ReadonlySet<string>;
  /** Where the days end. */
  readonly at: number;
  readonly toRow: (incident: TargetIncident) => IncidentRow;
}

export function toLineRow(
  { target, cause, incidents }: IncidentLine<TargetIncident>,
  { known, flapping, at, toRow }: Around,
): LineRow {
  const key = targetKey(target);
  const ofLine = known.filter((one) => one.cause === cause && targetKey(one.target) === key);
  return {
    ...target,
    cause,
    latest: toRow(incidents[0]),
    times: incidents.length,
    medianMs: complianceOf([], incidents).medianTimeToResolveMs,
    files: filesOfAll(incidents),
    resolved: countResolvers(incidents),
    flaps: flapping.has(key) && incidents.some((one) => isRecent(one, at)),
    perDay: openedPerDay(ofLine, { to: at, days: LINE_DAYS }),
  };
}

function countResolvers(incidents: readonly TargetIncident[]): LineRow['resolved'] {
  const counts = { commit: 0, hand: 0, unknown: 0 };
  for (const incident of incidents)
    if (incident.resolvedAt !== undefined) counts[resolverOf(incident) ?? 'unknown'] += 1;
  return counts;
}

/** The files in most incidents come first. */
function filesOfAll([first, ...others]: IncidentLine<TargetIncident>['incidents']): NamedFiles {
  if (others.length === 0) return filesOf(first);
  const times = new Map<string, number>();
  const all = [first, ...others].map(filesOf);
  for (const name of all.flatMap(({ names }) => names)) times.set(name, (times.get(name) ?? 0) + 1);
  const names = [...times].sort(([a, m], [b, n]) => n - m || compareText(a, b)).map(([name]) => name);
  const isNamed = ({ names, count = 0, isCut }: NamedFiles) => !isCut && count <= names.length;
  return { names, count: undefined, isCut: !all.every(isNamed) };
}
