import pg from 'pg';
import { DomainError } from '../../domain/errors.ts';

/** What a failed statement means for its transaction. */
export type Failure =
  /** Another transaction was in the way. The same transaction can succeed if it is tried again. */
  | 'conflict'
  /** The connection is gone or of no use, and what became of a commit is not known: the same one on a new connection. */
  | 'lost'
  /** It fails however often it is tried. */
  | 'bug';

/** Serialization, deadlock, lock timeout. */
const CONFLICT = /^(?:40001|40P01|55P03)$/;

/** Another transaction has just taken a name: the next try sees it. */
const TAKEN = '23505';
const NAMES = /^(?:target_name|former_name_repo_server_pk|token_name)$/;

/** The partition that a chunk belongs to is gone: it is made again. */
const NO_PARTITION = { code: '23514', table: 'chunk' };

/**
 * A server that shuts down, connections that fail, one that cannot be written to, no memory, no disk, input and output,
 * a plan that a migration has changed; a login that is refused, or a database that is not there, at a running server.
 */
const LOST = /^(?:57P0.|57014|08...|25006|25P03|53...|58...|0A000|28...|3D000)$/;

/** Errors of the network and of the resolver, but not `ERR_…`: a certificate that is wrong stays wrong. */
const NETWORK = /^E(?:AI_)?[A-Z]+$/;

/** Errors of `pg` itself about a lost connection have no code. */
const GONE = /timeout|terminated|not queryable|connection|Client was closed/i;

/** This PostgreSQL would break a promise, so it is refused each time. */
export class Unusable extends Error {
  constructor(why: string) {
    super(`This PostgreSQL cannot be used: ${why}.`);
  }
}

/** The commit is on this machine alone, so a failover may lose it. */
export class AmbiguousCommit extends Error {}

/** A server that answers but has the wrong role: a standby instead of the primary. */
export class WrongRole extends Error {}

/** None of the servers of an address can be used now. */
export class NoServer extends AggregateError {
  constructor(failures: readonly unknown[]) {
    const wrong = failures.filter((failure) => failure instanceof WrongRole);
    const others = failures.length - wrong.length;
    const said = wrong.length === 0 ? [] : [`${wrong.length} answered that ${wrong[0]?.message}`];
    if (others > 0) said.push(`${others} could not be used`);
    super(failures, `${failures.length} servers were tried, and ${said.join(', ')}`);
  }
}

/** The database could not be read, on a connection beside that of the transaction: it may be tried again. */
class NotReached extends DomainError {
  constructor(cause: unknown) {
    super('unavailable', `The database cannot be reached at the moment${reason(cause)}.`, { cause });
  }
}

/** Something that was read before the lock has changed. The next try reads it again. */
export class Outdated extends Error {}

export function failureOf(error: unknown): Failure {
  if (error instanceof Outdated || error instanceof NotReached) return 'conflict';
  if (error instanceof AmbiguousCommit) return 'lost';
  if (error instanceof WrongRole || error instanceof NoServer) return 'lost';
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? '';
    if (code === NO_PARTITION.code && error.table === NO_PARTITION.table) return 'conflict';
    if (CONFLICT.test(code) || (code === TAKEN && NAMES.test(error.constraint ?? ''))) return 'conflict';
    return LOST.test(code) ? 'lost' : 'bug';
  }
  if (!(error instanceof Error) || error instanceof DomainError || error instanceof Unusable) return 'bug';
  if ('code' in error && typeof error.code === 'string' && NETWORK.test(error.code)) return 'lost';
  return GONE.test(error.message) ? 'lost' : 'bug';
}

/** The error of a write that could not be made in time; others stay what they are. */
export function unavailable(cause: unknown): DomainError {
  return new DomainError('unavailable', `The database cannot be written to at the moment${reason(cause)}.`, {
    cause,
  });
}

/** A login or a database that the server refuses: a mistake in the settings, if it is so from the start. */
export function isRefused(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(?:28...|3D000)$/.test(error.code ?? '');
}

/** The names of the servers are for the log only. Clients learn how many were tried, and why each failed. */
function reason(cause: unknown): string {
  if (isRefused(cause)) return ': it refuses the login or the name of the database';
  return cause instanceof NoServer || cause instanceof WrongRole ? `: ${cause.message}` : '';
}

/** Runs a question. Where the database cannot be reached it is `unavailable`. */
export async function guardRead<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (failureOf(error) === 'bug') throw error;
    throw new NotReached(error);
  }
}
