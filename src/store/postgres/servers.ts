import pg from 'pg';
import { addressesOf } from '../../domain/database-hosts.ts';
import { connectionConfig, type Patience } from './connection.ts';
import { failureOf, NoServer, WrongRole } from './failure.ts';

/** The role that a server must have. */
type Role = 'any' | 'primary' | 'standby';

/** The roles that `target_session_attrs` allows, the best first. */
const WANTED: Readonly<Record<string, readonly Role[]>> = {
  any: ['any'],
  primary: ['primary'],
  'read-write': ['primary'],
  standby: ['standby'],
  'read-only': ['standby'],
  'prefer-standby': ['standby', 'any'],
};

/** The servers of an address. One is used at a time, as long as its role fits. */
export class Servers {
  readonly #addresses: readonly string[];
  readonly #wanted: readonly Role[];
  readonly #placeOf = new WeakMap<pg.Client, number>();
  #current = 0;

  private constructor(url: string, wanted: readonly Role[]) {
    this.#addresses = addressesOf(url);
    this.#wanted = wanted;
  }

  /** Only the primary is used, which may be another one after a failover. */
  static primary(url: string): Servers {
    return new Servers(url, ['primary']);
  }

  /** Any of them is used, unless `target_session_attrs` says otherwise. */
  static forReading(url: string): Servers {
    const asked = /[?&]target_session_attrs=([\w-]+)/.exec(url)?.[1] ?? 'any';
    return new Servers(url, WANTED[asked] ?? ['any']);
  }

  /** Connects to the server that is used, or to the next one that fits. */
  async connect(patience: Patience, { pipeline = false } = {}): Promise<pg.Client> {
    const failures: unknown[] = [];
    const first = this.#current;
    for (const role of this.#wanted) {
      for (let tried = 0; tried < this.#addresses.length; tried++) {
        const place = (first + tried) % this.#addresses.length;
        try {
          const config = connectionConfig(this.#addresses[place] ?? '', patience);
          const client = await connected({ ...config, pipeline }, role);
          this.#current = place;
          this.#placeOf.set(client, place);
          return client;
        } catch (error) {
          failures.push(error);
        }
      }
    }
    const mayBeBack = failures.some((failure) => failureOf(failure) === 'lost');
    throw failures.length > 1 && mayBeBack ? new NoServer(failures) : failures[0];
  }

  /** Whether the connection is to the server that is used now. */
  isCurrent(client: pg.Client): boolean {
    return this.#placeOf.get(client) === this.#current;
  }
}

async function connected(config: pg.ClientConfig, role: Role): Promise<pg.Client> {
  const client = new pg.Client(config);
  // A client without a listener ends the process; the next statement fails and says why.
  client.on('error', () => undefined);
  try {
    await client.connect();
    if (role === 'any') return client;
    const { rows } = await client.query<{ isStandby: boolean }>('SELECT pg_is_in_recovery() AS "isStandby"');
    if (rows[0]?.isStandby === (role === 'standby')) return client;
    throw new WrongRole(role === 'standby' ? 'it is not a standby' : 'it is a standby');
  } catch (error) {
    // Each try opens a connection, so they must be closed: they would use up those of the server.
    client.end().catch(() => undefined);
    throw error;
  }
}
