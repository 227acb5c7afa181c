import Sqlite from 'better-sqlite3';

/**
 * After this many written rows the log is copied into the file: 16 to 64 MiB. SQLite would do it by itself, but within
 * a single commit, which would take as long as the whole copy.
 */
const ROWS = 8192;

/** Copies the log of a database into its file, in any thread. It does not wait for readers or writers. */
export function checkpoint(path: string): void {
  // A file that was moved away must not be created again.
  const client = new Sqlite(path, { fileMustExist: true });
  try {
    client.pragma('wal_checkpoint(PASSIVE)');
  } finally {
    client.close();
  }
}

/** Makes a function to be called after every commit. From time to time it has `copyElsewhere` copy the log. */
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
      // A failure is safe: the rest is copied here.
    }
    // Few rows were written meanwhile. SQLite restarts the log only once everything is copied; otherwise it would only
    // grow.
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
