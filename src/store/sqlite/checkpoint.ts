import Sqlite from 'better-sqlite3';

/**
 * After so many rows the log is copied into the file: 16 to 64 MiB. SQLite would do it by itself, but within the commit
 * that made the log that long: whoever recorded then would wait for all of it.
 */
const ROWS = 8192;

/** Copies the log of a database into its file, in whatever thread; nobody who writes or reads meanwhile is waited for. */
export function checkpoint(path: string): void {
  const client = new Sqlite(path);
  try {
    client.pragma('wal_checkpoint(PASSIVE)');
  } finally {
    client.close();
  }
}

/** Makes a function to be called after every commit: from time to time it has the log copied by somebody else. */
export function checkpoints(
  client: Sqlite.Database,
  copyElsewhere: (path: string) => Promise<void>,
): () => void {
  client.pragma('wal_autocheckpoint = 0');
  const changes = client.prepare<[], number>('SELECT total_changes()').pluck();
  let copiedUpTo = 0;
  let isCopying = false;

  async function copy(): Promise<void> {
    try {
      await copyElsewhere(client.name);
    } catch {
      // Losing it is safe: what nobody else has copied is copied here.
    }
    // What was written meanwhile is little. Once all is copied SQLite begins the log anew, else it would only grow.
    if (client.open) client.pragma('wal_checkpoint(PASSIVE)');
    isCopying = false;
  }

  return () => {
    const changed = changes.get() ?? 0;
    if (isCopying || changed - copiedUpTo < ROWS) return;
    copiedUpTo = changed;
    isCopying = true;
    void copy();
  };
}
