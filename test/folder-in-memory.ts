import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the system keeps files in memory. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A new folder for a database that no test cuts the power of, so that nobody waits for a disk. */
export function folderInMemory(): string {
  return mkdtempSync(join(MEMORY, 'gitops-status-'));
}
