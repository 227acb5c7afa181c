import { fchmodSync, fstatSync } from 'node:fs';

/** A new file that a shell has opened for what is written is for its user alone, as the database is. */
export function keepPrivate(file: number): void {
  const found = fstatSync(file);
  if (found.isFile() && found.size === 0 && found.uid === process.getuid?.()) fchmodSync(file, 0o600);
}
