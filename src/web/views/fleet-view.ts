import type { Acknowledgement } from '../../domain/acknowledgement.ts';
import type { SyncStatus } from '../../domain/finding.ts';
import type { OpenIncident } from '../../domain/incident.ts';
import type { Range } from '../../domain/instant.ts';
import type { Mute } from '../../domain/mute.ts';
import type { State } from '../../domain/state.ts';
import type { Labels, Target } from '../../domain/target.ts';
import type { FoundCommit } from './found-commit.tsx';
import type { Strip } from './strip.tsx';

export const FLEET_SORTS = ['urgency', 'repo', 'server', 'drift', 'since', 'checked'] as const;
export type FleetSort = (typeof FLEET_SORTS)[number];

/** The query of the fleet page. Every link on the page keeps the other parts of it. */
export interface FleetQuery {
  readonly q: string | undefined;
  readonly repo: readonly string[] | undefined;
  readonly server: readonly string[] | undefined;
  /** Each `key:value`. */
  readonly label: readonly string[] | undefined;
  readonly state: readonly State[] | undefined;
  readonly muted: boolean | undefined;
  /** The id of a problem: only its targets. */
  readonly problem: string | undefined;
  /** `repo`, or the key of a label. */
  readonly group: string | undefined;
  /** Shows a line per target even without a filter. */
  readonly view: 'list' | undefined;
  /** The fleet at that instant; undefined for now. */
  readonly at: number | undefined;
  readonly sort: FleetSort;
  readonly desc: boolean;
}

/** The status of a target as a row of a list. */
export interface TargetRow extends Target {
  readonly labels: Labels;
  readonly state: State;
  /** The one state under which it is counted once: an open incident is OUT_OF_SYNC. */
  readonly worst: State;
  /** When the open incident opened; without one, when the state began. */
  readonly since: number;
  readonly stateSince: number;
  /** This and the sync status are undefined if the target is expected and never reported. */
  readonly checkedAt: number | undefined;
  /** As reported; the state may be STALE by now. */
  readonly syncStatus: SyncStatus | undefined;
  /** Undefined if it is not known. */
  readonly driftCount: number | undefined;
  /** Their names. */
  readonly files: readonly string[];
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
  readonly error: string | undefined;
  readonly incident: OpenIncident | undefined;
  /** Who acts next; undefined if nothing is to be done. */
  readonly next: string | undefined;
  readonly acknowledgement: Acknowledgement | undefined;
  readonly mute: Mute | undefined;
}

/** Targets of one repo with the same problem. */
export interface Problem {
  /** For links; it stays the same while the problem lasts. */
  readonly id: string;
  /** The target that has had it for longest. */
  readonly longest: TargetRow;
  /** All of them, beginning with that one. */
  readonly targets: readonly TargetRow[];
  /** The common message of their checks. */
  readonly error: string | undefined;
}

/** A problem as it is listed. */
export interface ShownProblem extends Problem {
  /** For a problem of one target; undefined if there are several. */
  readonly past: TargetPast | undefined;
}

/** What a line shows of the time before now. */
export interface TargetPast {
  readonly strip: Strip;
  /** Its incidents of the last seven days, if they are so many that it flaps. */
  readonly flaps: number | undefined;
}

/** The targets of one repo, or with one value of a label; the worst first. */
export interface FleetGroup {
  /** Undefined for targets without that label. */
  readonly name: string | undefined;
  readonly targets: readonly TargetRow[];
  /** Each target counts once, by its worst state. */
  readonly counts: Readonly<Record<State, number>>;
  /** Over the columns, in the time with a known state; undefined if it was never known. */
  readonly inSyncRatio: number | undefined;
}

/** How long the fleet was in each state in one part of a range; shares of the tracked time. */
export interface TimeColumn extends Range {
  /** Undefined if no target was tracked. */
  readonly shares: Readonly<Record<State, number>> | undefined;
}

/** The last 30 days by day, or fewer by hour if nothing is older. */
export interface TimeColumns {
  readonly range: Range;
  /** Its length. */
  readonly words: string;
  readonly columns: readonly TimeColumn[];
  /** The share at the top of the scale. */
  readonly top: number;
  readonly inSyncRatio: number | undefined;
  readonly coverage: number | undefined;
}

/** A part of a list that is too long for one page. */
interface PagePart<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly pages: number;
}

/** The whole fleet: its problems, and its groups. */
interface Overview {
  readonly kind: 'overview';
  readonly synced: number;
  readonly problems: PagePart<ShownProblem>;
  /** How many problems need someone. */
  readonly openProblems: number;
  readonly allProblems: number;
  readonly groups: readonly FleetGroup[];
  readonly times: TimeColumns;
}

/** Targets, each on its own line. */
interface TargetList extends PagePart<TargetRow & { readonly past: TargetPast }> {
  readonly kind: 'list';
  /** Parts of names that would be found. */
  readonly examples: readonly string[];
}

export interface FleetView {
  readonly query: FleetQuery;
  /** The instant that is shown: now, or the one that was asked for. */
  readonly at: number;
  /**
   * The counts of all matching rows, whatever state is selected. A target with an open incident counts as OUT_OF_SYNC
   * here, and also as UNKNOWN or STALE if it is that.
   */
  readonly counts: Readonly<Record<State, number>>;
  /** How many match, whatever the selected state. */
  readonly found: number;
  /** How many of them have an open incident while they are UNKNOWN or STALE. */
  readonly unseenDrifts: number;
  readonly repos: readonly string[];
  /** Every label that a target has, as `key:value`. */
  readonly labels: readonly string[];
  /** What groups can be made by: `repo`, or the key of a label. */
  readonly groupings: readonly string[];
  /** The number of all targets. */
  readonly targets: number;
  /** How many of all targets need someone. */
  readonly needing: number;
  /** How many of all targets are not in sync, and muted. */
  readonly muted: number;
  /** When the newest check of all ended; undefined if there was none. */
  readonly newestCheckAt: number | undefined;
  readonly matching: number;
  /** How many of those that match need someone. */
  readonly matchingNeeding: number;
  /** What the search found among the commits; undefined for the past. */
  readonly commit: FoundCommit | undefined;
  readonly shown: Overview | TargetList;
  /** The address that readers use, for links that they take with them. */
  readonly publicUrl: string;
}
