import type { SyncStatus } from '../../domain/finding.ts';
import type { Range } from '../../domain/instant.ts';
import type { Compliance } from '../../domain/questions/compliance.ts';
import type { IncidentSet } from '../../domain/questions/incident-sets.ts';
import type { Told } from '../../domain/questions/reader.ts';
import type { CheckDurations } from '../models/check-durations.ts';
import type { Differs, DiffersQuery } from '../models/differs.ts';
import type { Lanes } from '../models/lanes.ts';
import type { PageTime, TimeAsked } from '../models/page-time.ts';
import type { TargetRow } from './fleet-view.ts';

/** The facts about a target, now or at the instant of the page. */
export interface TargetNow extends TargetRow {
  readonly staleAt: number | undefined;
  readonly lastSyncedAt: number | undefined;
  readonly branch: string | undefined;
  readonly check: string | undefined;
  readonly errorKind: string | undefined;
  /** Of the open incident: the last deploy after which it was still out of sync. */
  readonly deployedCommit: string | undefined;
}

/** One report, as a line of a list. */
export interface ReportLine {
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly syncStatus: SyncStatus;
  /** Undefined if it is not known. */
  readonly driftCount: number | undefined;
  readonly files: readonly string[];
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
  readonly durationMs: number | undefined;
  readonly error: string | undefined;
}

/** What the history of at least 30 days says. */
export interface TargetRecord {
  readonly range: Range;
  readonly compliance: Compliance;
  /** The first lines, and the number of all. */
  readonly sets: readonly IncidentSet[];
  readonly setCount: number;
  /** How many incidents opened in seven days, if it flaps. */
  readonly flaps: number | undefined;
}

export interface TargetView {
  readonly target: TargetNow;
  readonly time: PageTime;
  readonly lanes: Lanes;
  readonly record: TargetRecord;
  readonly differs: Differs;
  /** The request, which links keep. */
  readonly query: TimeAsked & DiffersQuery;
  /** Undefined on a page about the past. */
  readonly told: readonly Told[] | undefined;
  readonly took: CheckDurations | undefined;
  readonly reports: readonly ReportLine[];
  /** For the reports: whether newer ones exist, and the cursor to the older ones. */
  readonly isLater: boolean;
  readonly nextCursor: string | undefined;
  /** The address that readers use, for links that they take with them. */
  readonly publicUrl: string;
}
