import type { Incident } from '../../domain/incident.ts';
import type { Range } from '../../domain/instant.ts';
import type { Target } from '../../domain/target.ts';
import type { IncidentRow } from './incident-table.tsx';
import type { IncidentsQuery } from './incidents-query.ts';
import type { NamedFiles } from './main-file.tsx';

/** The incidents of one target with one cause. */
export interface LineRow extends Target, Pick<Incident, 'cause'> {
  /** The open one, or the newest. */
  readonly latest: IncidentRow;
  readonly times: number;
  /** For resolved ones; undefined if none is. */
  readonly medianMs: number | undefined;
  readonly files: NamedFiles;
  /** How many incidents each cause resolved. */
  readonly resolved: Readonly<Record<'commit' | 'hand' | 'unknown', number>>;
  readonly flaps: boolean;
  /** How many opened on each of the last days, the oldest first. */
  readonly perDay: readonly number[];
}

export interface IncidentsView {
  readonly query: IncidentsQuery;
  readonly range: Range;
  readonly repos: readonly string[];
  /** Every label that a target has, as `key:value`. */
  readonly labels: readonly string[];
  /** All targets, and the open incidents of all of them. */
  readonly targets: number;
  readonly openInFleet: number;
  /** The lines of this page: one for each target and cause, or one for each incident. */
  readonly shown:
    | { readonly by: 'line'; readonly rows: readonly LineRow[] }
    | { readonly by: 'incident'; readonly rows: readonly IncidentRow[] };
  readonly lines: number;
  readonly matching: number;
  readonly open: number;
  readonly page: number;
  readonly pages: number;
  readonly medianTimeToResolveMs: number | undefined;
  readonly byCause: Readonly<Record<'host_changed' | 'commit_not_applied' | 'unknown', number>>;
  /** The target with most of the incidents. */
  readonly most: { readonly target: Target; readonly share: number } | undefined;
  /** When the last incident before the range was resolved. Only if the range has none and there is no filter. */
  readonly lastResolvedAt: number | undefined;
  /** The address that readers use, for the first report. */
  readonly publicUrl: string;
}
