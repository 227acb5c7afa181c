import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the system keeps files in memory. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A new folder for a database whose test cuts no power, so that it waits for no disk. */
export function folderInMemory(): string {
  return mkdtempSync(join(MEMORY, 'gitops-status-'));
}
