import type { EventLog } from './event-log.ts';
import type { Leases } from './leases.ts';
import type { MuteRecording } from './mutes.ts';
import type { Notifications, ProblemReader } from './notifications.ts';
import type { Queries } from './queries.ts';
import type { Recording } from './recording.ts';
import type { TokenStore } from './token-store.ts';

/** The whole store. */
export interface Store extends Recording, MuteRecording, Queries, EventLog, Notifications, ProblemReader {
  readonly tokens: TokenStore;
  readonly leases: Leases;
  /** See `DatabaseHealth`. If it is not undefined, nothing can be recorded. */
  replaced(): string | undefined;
  /** Closes the database. No method may be called afterwards. */
  close(): Promise<void>;
}
