import type { EventLog } from './event-log.ts';
import type { Queries } from './queries.ts';
import type { Recording } from './recording.ts';
import type { TokenStore } from './token-store.ts';

/** All that a database keeps. */
export interface Store extends Recording, Queries, EventLog {
  readonly tokens: TokenStore;
  /** Everything recorded stays; nothing may be called afterwards. */
  close(): Promise<void>;
}
