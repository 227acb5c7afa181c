import type { SyncStatus } from '../../domain/finding.ts';
import type { Compliance } from '../../domain/questions/compliance.ts';
import type { FileDrift } from '../../domain/questions/file-drift.ts';
import type { Recurrence } from '../../domain/questions/recurrence.ts';
import type { Lanes } from '../models/lanes.ts';
import type { TargetRow } from './fleet-view.ts';
import type { IncidentRow } from './incident-table.tsx';
import type { Span } from './range-nav.tsx';

/** The facts about a target now. */
export interface TargetNow extends TargetRow {
  readonly staleAt: number | undefined;
  readonly lastSyncedAt: number | undefined;
  readonly branch: string | undefined;
  readonly errorKind: string | undefined;
}

/** One report, as a line of a list. */
export interface ReportLine {
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly syncStatus: SyncStatus;
  /** Undefined where it is not known. */
  readonly driftCount: number | undefined;
  readonly files: readonly string[];
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
  readonly durationMs: number | undefined;
  readonly error: string | undefined;
}

export interface TargetView {
  readonly target: TargetNow;
  readonly span: Span;
  readonly lanes: Lanes;
  readonly compliance: Compliance;
  /** The newest incidents, and the number of all. */
  readonly incidents: readonly IncidentRow[];
  readonly incidentCount: number;
  /** The incidents that came back most often. */
  readonly recurrences: readonly Recurrence[];
  /** The files that drifted longest. */
  readonly files: readonly FileDrift[];
  readonly reports: readonly ReportLine[];
  /** Of the reports: whether newer ones exist, and the cursor to the older ones. */
  readonly isLater: boolean;
  readonly nextCursor: string | undefined;
  /** Where readers reach this server, for links that they take along. */
  readonly publicUrl: string;
}
