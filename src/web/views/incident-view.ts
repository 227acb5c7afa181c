import type { RecordedAction } from '../../domain/action.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Happening } from '../../domain/questions/incident-story.ts';
import type { TargetIncident } from '../../domain/questions/reader.ts';
import type { Lanes } from '../models/lanes.ts';
import type { TargetRow } from './fleet-view.ts';
import type { IncidentRow } from './incident-table.tsx';

export interface IncidentView {
  readonly incident: IncidentRow;
  /** Its target as it is now. */
  readonly target: TargetRow;
  /** From before it opened until now, or until it was over. */
  readonly lanes: Lanes;
  /** The finding and time of the last check that said what differs. */
  readonly lastDrift: { readonly finding: Finding; readonly checkedAt: number } | undefined;
  /** What happened, newest first. */
  readonly story: { readonly items: readonly StoryEntry[]; readonly page: number; readonly pages: number };
  readonly entries: number;
  /** Incidents with the same files: earlier ones of this target, and those of others in the repo. */
  readonly before: LikeIt;
  readonly elsewhere: LikeIt;
}

/** The newest of them. */
export interface LikeIt {
  readonly rows: readonly TargetIncident[];
  readonly more: number;
}

export type StoryEntry = { readonly at: number } & (
  | { readonly by: 'check'; readonly what: Happening; readonly error: string | undefined }
  | { readonly by: 'person'; readonly action: RecordedAction }
  | { readonly by: 'channel'; readonly channel: string }
);
