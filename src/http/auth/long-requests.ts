import { nodeTimers, type Timers } from '../../events/timers.ts';
import type { HttpDeps } from '../deps.ts';
import { isStillAllowed } from './authenticate.ts';
import type { Caller } from './caller.ts';

/**
 * Together with the second for which the list of tokens is cached, this bounds how long a token works after it is
 * revoked elsewhere.
 */
const LOOK_EVERY_MS = 500;

interface LongRequest {
  readonly caller: Caller;
  readonly end: () => void;
}

/** Requests that last, such as streams: their caller must still have access while they run. */
export interface LongRequests {
  /**
   * Calls `end` once the caller loses access: its token was revoked, has expired or has lost the scope, or it had none
   * and needs one now. Returns what to call when the request is over.
   */
  add(caller: Caller, end: () => void): () => void;
}

/** Nothing is checked while there are no such requests. */
export function createLongRequests(
  deps: Pick<HttpDeps, 'tokens' | 'clock'>,
  { timers = nodeTimers }: { timers?: Timers } = {},
): LongRequests {
  const requests = new Set<LongRequest>();
  let stopLooking: (() => void) | undefined;

  const remove = (request: LongRequest) => {
    requests.delete(request);
    if (requests.size > 0) return;
    stopLooking?.();
    stopLooking = undefined;
  };

  const look = async (request: LongRequest) => {
    // If the tokens cannot be read, nothing says that the request is still allowed. The client may come back.
    const isAllowed = await isStillAllowed(request.caller, deps).catch(() => false);
    if (isAllowed || !requests.has(request)) return;
    remove(request);
    request.end();
  };

  return {
    add(caller, end) {
      const request = { caller, end };
      requests.add(request);
      stopLooking ??= timers.every(LOOK_EVERY_MS, () => {
        for (const one of [...requests]) void look(one);
      });
      return () => remove(request);
    },
  };
}
