import pg from 'pg';
import { parse, toClientConfig } from 'pg-connection-string';

/** The schema in which everything is. */
export const SCHEMA = 'gitops_status';

/** Time limits of a connection. Milliseconds; 0 is no limit. */
export interface Patience {
  readonly lockMs: number;
  readonly statementMs: number;
  /** How long the client waits for an answer. It also ends a commit that waits for a standby. */
  readonly answerMs: number;
  readonly idleInTransactionMs: number;
}

/** The limits of a connection whose transactions are tried for `tryMs`. */
export function writerPatience(tryMs: number): Patience {
  return { lockMs: tryMs / 5, statementMs: 0.6 * tryMs, answerMs: 0.8 * tryMs, idleInTransactionMs: tryMs };
}

/** The limits of a connection that answers questions, each within its deadline. */
export function readerPatience(questionMs: number): Patience {
  const { lockMs } = PATIENCE.reader;
  return {
    lockMs,
    // The deadline of the question must pass first.
    statementMs: questionMs + 3000,
    answerMs: questionMs + 5000,
    idleInTransactionMs: questionMs,
  };
}

export const PATIENCE = {
  reader: { lockMs: 1000, statementMs: 30_000, answerMs: 35_000, idleInTransactionMs: 30_000 },
  /** The limits of reads that every question waits for. */
  control: { lockMs: 1000, statementMs: 3000, answerMs: 4000, idleInTransactionMs: 5000 },
  /** For exports, migrations and removals. */
  long: { lockMs: 0, statementMs: 0, answerMs: 0, idleInTransactionMs: 60_000 },
} as const satisfies Record<string, Patience>;

const CONNECT_MS = 2000;
/** After this long without traffic, TCP checks that the server is still there. */
const SILENCE_MS = 5000;

/** What `pg` needs to connect. `url`: as in `DATABASE_URL`, of one host. */
export function connectionConfig(
  url: string,
  { lockMs, statementMs, answerMs, idleInTransactionMs }: Patience,
): pg.ClientConfig {
  const settings = {
    search_path: SCHEMA,
    // JIT compilation takes longer than any statement here.
    jit: 'off',
    timezone: 'UTC',
    lock_timeout: lockMs,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    client_connection_check_interval: 1000,
    tcp_keepalives_idle: 5,
  };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  return {
    ...toClientConfig(parse(url, { useLibpqCompat: true })),
    application_name: 'gitops-status-server',
    options: options.join(' '),
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: answerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: SILENCE_MS,
    types: { getTypeParser },
  };
}

const BIGINT = 20;

/** Integers as numbers, all others as `pg` reads them. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return oid === BIGINT ? toNumber : pg.types.getTypeParser(oid, format);
}

function toNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${text} is too large for a number.`);
  return value;
}
