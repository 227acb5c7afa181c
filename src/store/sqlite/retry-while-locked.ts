import { setTimeout as sleep } from 'node:timers/promises';
import { isLocked } from './failure.ts';

/** SQLite waits for a lock by stopping the whole process: long enough for a short write of another, and no longer. */
export const BLOCKING_WAIT_MS = 20;
const RETRY_MS = 50;

/**
 * Tries a write again while another process holds the lock, for up to `timeoutMs`. Between the tries everything else
 * goes on.
 */
export async function retryWhileLocked<T>(write: () => T, timeoutMs: number): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return write();
    } catch (error) {
      if (!isLocked(error) || performance.now() >= deadline) throw error;
      await sleep(RETRY_MS);
    }
  }
}
