import type { Matchers } from './matchers.ts';
import type { Condition } from './message.ts';

/** Who is told what: the routes, and the names of the channels that they lead to. */
export interface Routing {
  readonly routes: readonly Route[];
  readonly channels: readonly string[];
}

/** Every route that matches applies. A channel gets each message once, however many routes lead to it. */
export interface Route {
  readonly matchers: Matchers;
  /** The names of channels. */
  readonly channels: readonly string[];
  /** What it tells about; all conditions if this is left out. */
  readonly conditions?: readonly Condition[];
  /** How long a problem lasts before it is told; see `DEFAULT_FOR_MS`. */
  readonly forMs?: Partial<Readonly<Record<Condition, number>>>;
  /** After this time without news, an open problem is told again; see `DEFAULT_REPEAT_MS`. */
  readonly repeatMs?: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Ten minutes for a drift: a pipeline that is just converging stays quiet. */
export const DEFAULT_FOR_MS: Readonly<Record<Condition, number>> = {
  drift: 10 * MINUTE_MS,
  unknown: 30 * MINUTE_MS,
  stale: MINUTE_MS,
  never_reported: HOUR_MS,
};

export const DEFAULT_REPEAT_MS = 24 * HOUR_MS;
