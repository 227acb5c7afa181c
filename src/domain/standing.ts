import type { SyncStatus } from './finding.ts';
import type { Target } from './target.ts';

/** Where a target stands: what its gauges and counters are made of. Instants are epoch milliseconds. */
export interface Standing {
  readonly target: Target;
  /** Of the latest report, like what follows. */
  readonly syncStatus: SyncStatus;
  readonly driftCount: number;
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly staleAt: number;
  /** When the incident that is open now was opened. */
  readonly incidentOpenedAt: number | undefined;
  /** How many reports were recorded, by what they said. */
  readonly reports: Readonly<Record<SyncStatus, number>>;
}
