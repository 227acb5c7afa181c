import Sqlite from 'better-sqlite3';

/**
 * Locks the database until the connection is closed. In WAL mode every open connection holds a shared lock, so an exclusive
 * lock succeeds only where no other process has the database open. Throws, and changes nothing, where one has.
 */
export function lockOut(client: Sqlite.Database, path: string): void {
  try {
    client.pragma('locking_mode = EXCLUSIVE');
    client.exec('BEGIN EXCLUSIVE; COMMIT');
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    const advice = 'stop the server and the program that replicates it, then try again';
    throw new Error(`${path} is open in another process: ${advice}. Nothing was changed.`, { cause: error });
  }
}
