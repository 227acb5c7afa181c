import { chmodSync, closeSync, existsSync, openSync, realpathSync, statSync } from 'node:fs';

/** Only the user of the server may read what is recorded, whatever the umask is. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/** Makes an empty private file if there is none: SQLite gives its log and index the mode of the database. */
export function createPrivate(path: string): void {
  if (existsSync(path)) return;
  closeSync(openSync(path, 'a', PRIVATE_FILE));
  chmodSync(path, PRIVATE_FILE);
}

/** What was done about a file that others could read or write. */
export interface NarrowedFile {
  readonly file: string;
  /** Such as 0644. */
  readonly mode: string;
  /** Why its mode could not be narrowed; undefined if it was. */
  readonly failure: string | undefined;
}

/** Makes an existing database, its log and the log's index private if they are not. */
export function narrowModes(name: string): NarrowedFile[] {
  if (!existsSync(name)) return [];
  const path = realpathSync(name);
  return ['', '-wal', '-shm'].flatMap((suffix) => {
    const file = `${path}${suffix}`;
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined || (found.mode & 0o077) === 0) return [];
    return [{ file, mode: `0${(found.mode & 0o777).toString(8)}`, failure: failureToNarrow(file) }];
  });
}

function failureToNarrow(file: string): string | undefined {
  try {
    chmodSync(file, PRIVATE_FILE);
    return undefined;
  } catch (error) {
    // It belongs to another user, and only that user can do it: the caller says so.
    return error instanceof Error ? error.message : String(error);
  }
}
