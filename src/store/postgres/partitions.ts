import pg from 'pg';
import { Outdated } from './failure.ts';
import { missingSpans, type Span, WEEK_MS } from './partition-spans.ts';
import type { Session } from './session.ts';
import { command, statement } from './statement.ts';

/** A part of `chunk`: the chunks that began in a span of time. */
export interface Partition extends Span {
  readonly name: string;
  /** Whether it is being detached. */
  readonly isLeaving: boolean;
}

/** How long before they are needed partitions are made. */
const AHEAD_MS = 2 * WEEK_MS;
/** Another process may make one that is in the way, each time. */
const TRIES = 4;
/** The error code of PostgreSQL for a partition that would overlap another one. */
const OVERLAPS = '42P17';

const ALL = statement<object, Partition>(`
  SELECT c.relname AS name, (regexp_match(bound, 'FROM \\(''?(-?\\d+)''?\\)'))[1]::bigint AS "fromAt",
    (regexp_match(bound, 'TO \\(''?(-?\\d+)''?\\)'))[1]::bigint AS "toAt", i.inhdetachpending AS "isLeaving"
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS bound
  WHERE i.inhparent = 'chunk'::regclass ORDER BY 2`);

/** A regular expression for the names of all partitions: see `nameOf`. */
const DAY = '[+-]?\\d+_\\d\\d_\\d\\d';
export const PARTITION_NAME = `^chunk_${DAY}_to_${DAY}$`;

interface Made {
  readonly names: readonly string[];
  readonly fromAts: readonly number[];
  readonly toAts: readonly number[];
}

/** By a function of the owner: the role that records need not own anything. */
const MAKE = command<Made>(`
  SELECT make_chunk_partition(name, from_at, to_at) AS made
  FROM unnest(:names::text[], :fromAts::bigint[], :toAts::bigint[]) AS w(name, from_at, to_at)`);

/** The partitions of `chunk`, oldest first. */
export function partitionsOf(session: Session): Promise<readonly Partition[]> {
  return session.all(ALL, {});
}

interface Options {
  /** Not the one that writes, so that others never wait for the end of a transaction. */
  readonly session: Session;
  readonly clock: () => number;
}

/** Makes the partitions for the chunks that are written. */
export class Partitions {
  readonly #options: Options;
  #known: readonly Partition[] | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Makes the missing partitions for chunks that begin at these instants, all at once. */
  async ensure(instants: readonly number[], { retentionMs }: { retentionMs?: number } = {}): Promise<void> {
    if (instants.length === 0) return;
    const { session, clock } = this.#options;
    for (let tries = 0; tries < TRIES; tries++) {
      this.#known ??= await partitionsOf(session);
      const spans = missingSpans(instants, { taken: this.#known, now: clock(), retentionMs });
      if (spans.length === 0) return;
      this.forget();
      await this.#make(spans);
    }
    // The table that it would be was detached and is not dropped yet.
    throw new Outdated('There is no partition of chunk for what is written.');
  }

  /** Makes the partitions of the next weeks. `retentionMs`: how long reports are kept. */
  async ensureAhead(now: number, retentionMs: number): Promise<void> {
    const ahead: number[] = [];
    for (let at = now; at <= now + AHEAD_MS; at += WEEK_MS) ahead.push(at);
    await this.ensure(ahead, { retentionMs });
  }

  /** Must be called after a transaction failed, or partitions were dropped. */
  forget(): void {
    this.#known = undefined;
  }

  async #make(spans: readonly Span[]): Promise<void> {
    const made = {
      names: spans.map(nameOf),
      fromAts: spans.map(({ fromAt }) => fromAt),
      toAts: spans.map(({ toAt }) => toAt),
    };
    try {
      await this.#options.session.all(MAKE, made);
    } catch (error) {
      // Another process has just made one: what is still missing is made around it.
      if (!(error instanceof pg.DatabaseError) || error.code !== OVERLAPS) throw error;
    }
  }
}

/** With both ends, so that no table that was detached before has the name of a new one. */
function nameOf({ fromAt, toAt }: Span): string {
  return `chunk_${dayOf(fromAt)}_to_${dayOf(toAt)}`;
}

function dayOf(at: number): string {
  return new Date(at)
    .toISOString()
    .slice(0, -14)
    .replace(/(?<=\d)-/g, '_');
}
