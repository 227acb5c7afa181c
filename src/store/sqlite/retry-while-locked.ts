import { setTimeout as sleep } from 'node:timers/promises';
import { isLocked } from './failure.ts';

/**
 * SQLite blocks the whole process while it waits for a lock, so this is only long enough for a short write of another
 * process.
 */
export const BLOCKING_WAIT_MS = 20;
const RETRY_MS = 50;

/**
 * Retries a write for up to `timeoutMs` while another process holds the lock. The process is not blocked between two
 * tries.
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
