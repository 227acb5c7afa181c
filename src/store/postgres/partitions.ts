import type { Session } from './session.ts';
import { command, statement } from './statement.ts';

/** A part of `chunk`: the chunks that began in a span of time. */
export interface Partition {
  readonly name: string;
  readonly fromAt: number;
  readonly toAt: number;
}

const WEEK_MS = 7 * 86_400_000;
/** How long before they are needed partitions are made. */
const AHEAD_MS = 2 * WEEK_MS;

const ALL = statement<object, Partition>(`
  SELECT c.relname AS name, (regexp_match(bound, 'FROM \\(''?(-?\\d+)''?\\)'))[1]::bigint AS "fromAt",
    (regexp_match(bound, 'TO \\(''?(-?\\d+)''?\\)'))[1]::bigint AS "toAt"
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS bound
  WHERE i.inhparent = 'chunk'::regclass AND NOT i.inhdetachpending ORDER BY 2`);

/** By a function of the owner: the role that records need not own anything. */
const MAKE = command<Partition>(
  'SELECT make_chunk_partition(:name::text, :fromAt::bigint, :toAt::bigint) AS made',
);

/** The partitions of `chunk`, oldest first. */
export function partitionsOf(session: Session): Promise<readonly Partition[]> {
  return session.all(ALL, {});
}

/** Makes the partitions for the chunks that are written. */
export class Partitions {
  readonly #session: Session;
  #known: readonly Partition[] | undefined;

  /** `session`: not the one that writes, so that others never wait for the end of a transaction. */
  constructor(session: Session) {
    this.#session = session;
  }

  /** Makes the missing partitions for chunks that begin at these instants. */
  async ensure(instants: readonly number[]): Promise<void> {
    if (instants.length === 0) return;
    this.#known ??= await partitionsOf(this.#session);
    for (const at of instants) if (!this.#has(at)) await this.#make(at);
  }

  /** Makes the partitions of the next weeks. */
  async ensureAhead(now: number): Promise<void> {
    const ahead: number[] = [];
    for (let at = now; at <= now + AHEAD_MS; at += WEEK_MS) ahead.push(at);
    await this.ensure(ahead);
  }

  /** Must be called after a transaction failed, or partitions were dropped. */
  forget(): void {
    this.#known = undefined;
  }

  #has(at: number): boolean {
    return this.#known?.some(({ fromAt, toAt }) => fromAt <= at && at < toAt) ?? false;
  }

  async #make(at: number): Promise<void> {
    const fromAt = Math.floor(at / WEEK_MS) * WEEK_MS;
    const name = `chunk_${new Date(fromAt).toISOString().slice(0, -14).replaceAll('-', '_')}`;
    await this.#session.all(MAKE, { name, fromAt, toAt: fromAt + WEEK_MS });
    this.#known = await partitionsOf(this.#session);
    if (!this.#has(at)) throw new Error(`There is no partition of chunk for ${at}.`);
  }
}
