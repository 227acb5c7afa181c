import { SCHEMA } from './connection.ts';
import { Unusable } from './failure.ts';
import { one, type Session } from './session.ts';
import { statement } from './statement.ts';

/** What a server and its settings must be like. */
export interface ServerSettings {
  readonly versionNumber: number;
  readonly version: string;
  readonly encoding: string;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  readonly standbys: string;
  readonly searchPath: string;
}

const OLDEST = 15;

const SETTINGS = statement<object, ServerSettings>(`
  SELECT current_setting('server_version_num')::int AS "versionNumber", current_setting('server_version') AS version,
    current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
    current_setting('full_page_writes') AS "fullPageWrites", current_setting('synchronous_commit') AS "synchronousCommit",
    current_setting('synchronous_standby_names') AS standbys, current_setting('search_path') AS "searchPath"`);

/** Throws if the server would not keep what is promised, in words. */
export async function checkServer(session: Session): Promise<void> {
  const settings = await one(session, SETTINGS, {});
  const faults = serverFaults(settings);
  if (faults.length > 0) throw new Unusable(faults.join('; '));
}

/** Everything that keeps a server from being used. */
export function serverFaults(settings: ServerSettings): string[] {
  const { versionNumber, version, encoding, fsync, fullPageWrites, synchronousCommit, standbys } = settings;
  const faults: string[] = [];
  if (versionNumber < OLDEST * 10_000) faults.push(`it is version ${version}, and ${OLDEST} is the oldest`);
  if (encoding !== 'UTF8') faults.push(`its database has the encoding ${encoding}: create it with UTF8`);
  if (fsync === 'off') faults.push('with fsync=off nothing is on disk when it is acknowledged');
  if (fullPageWrites === 'off') faults.push('with full_page_writes=off a crash may damage the database');
  if (synchronousCommit === 'off') {
    faults.push('with synchronous_commit=off a crash loses what was acknowledged: set it to on');
  }
  if (standbys !== '' && ['local', 'remote_write'].includes(synchronousCommit)) {
    faults.push(
      `with synchronous_commit=${synchronousCommit} the standby of synchronous_standby_names may lose what was ` +
        'acknowledged: set it to on',
    );
  }
  if (settings.searchPath !== SCHEMA) {
    faults.push(
      `settings of a connection do not arrive, as behind a pooler: ALTER DATABASE … SET search_path = ${SCHEMA} ` +
        '(docs/postgres.md, Poolers)',
    );
  }
  return faults;
}
