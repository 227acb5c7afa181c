import { fchmodSync, fstatSync } from 'node:fs';

/** A new file that a shell opened for the output is readable only by its user, like the database. */
export function keepPrivate(file: number): void {
  const found = fstatSync(file);
  if (found.isFile() && found.size === 0 && found.uid === process.getuid?.()) fchmodSync(file, 0o600);
}
