import type { Acknowledgement } from '../../domain/acknowledgement.ts';
import type { SyncStatus } from '../../domain/finding.ts';
import type { OpenIncident } from '../../domain/incident.ts';
import type { Mute } from '../../domain/mute.ts';
import type { State } from '../../domain/state.ts';
import type { Labels, Target } from '../../domain/target.ts';
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
  readonly sort: FleetSort;
  readonly desc: boolean;
}

/** The status of a target as a row of a list. */
export interface TargetRow extends Target {
  readonly labels: Labels;
  readonly state: State;
  /** When the open incident opened; without one, when the state began. */
  readonly since: number;
  readonly stateSince: number;
  /** This and the sync status are undefined where the target is expected and never reported. */
  readonly checkedAt: number | undefined;
  /** As reported; the state may be STALE by now. */
  readonly syncStatus: SyncStatus | undefined;
  /** Undefined where it is not known. */
  readonly driftCount: number | undefined;
  /** Their names. */
  readonly files: readonly string[];
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
  readonly error: string | undefined;
  readonly incident: OpenIncident | undefined;
  /** Who acts next; undefined where nothing is to be done. */
  readonly next: string | undefined;
  readonly acknowledgement: Acknowledgement | undefined;
  readonly mute: Mute | undefined;
}

export interface FleetView {
  readonly query: FleetQuery;
  /**
   * The counts of all rows that match, whatever the selected state. A target with an open incident is OUT_OF_SYNC here,
   * and UNKNOWN or STALE as well if it is that too.
   */
  readonly counts: Readonly<Record<State, number>>;
  /** How many match, whatever the selected state. */
  readonly found: number;
  /** How many of them have an open incident while they are UNKNOWN or STALE. */
  readonly unseenDrifts: number;
  readonly repos: readonly string[];
  /** Every label that a target has, as `key:value`. */
  readonly labels: readonly string[];
  /** The number of all targets. */
  readonly targets: number;
  /** How many of all targets need someone. */
  readonly needing: number;
  /** How many of all targets are not in sync, and muted. */
  readonly muted: number;
  readonly matching: number;
  /** How many of those that match need someone. */
  readonly matchingNeeding: number;
  readonly page: number;
  readonly pages: number;
  readonly rows: readonly (TargetRow & { readonly strip: Strip })[];
  /** Where readers reach this server, for links that they take along. */
  readonly publicUrl: string;
}
