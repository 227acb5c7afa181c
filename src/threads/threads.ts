import { MessageChannel } from 'node:worker_threads';
import type { Config } from '../config.ts';
import type { Elsewhere } from '../http/middleware/elsewhere.ts';
import { createSharedCalls } from '../ingest/group-commit.ts';
import { openRevision } from '../store/sqlite/open.ts';
import type { Store } from '../store/store.ts';
import type { TokenStore } from '../store/token-store.ts';
import type { Link } from './link.ts';
import { packReport, unpackRecorded } from './packed.ts';
import type { ReaderData } from './reader.ts';
import type { ReaderVerbs } from './reader-verbs.ts';
import { startThread } from './start-thread.ts';
import type { WriterData } from './writer.ts';
import type { WriterVerbs } from './writer-verbs.ts';

/** What is kept, as it is served: one thread writes, another one answers questions. */
export interface Threads {
  /** Reports that are recorded at the same time share a transaction. */
  readonly store: Store & { readonly tokens: TokenStore };
  readonly elsewhere: Elsewhere;
  /** Rejects where a thread ends by itself. */
  readonly failed: Promise<never>;
}

/**
 * Opens the database in a thread that writes and in one that reads. `ownMetrics`: what this process counts about
 * itself. Throws where the database cannot be opened.
 */
export async function startThreads(
  config: Config,
  { version, ownMetrics }: { version: string; ownMetrics: () => Promise<string> },
): Promise<Threads> {
  const path = config.databasePath;
  const changes = new MessageChannel();
  const { logLevel } = config;
  const writer = startThread<WriterVerbs>(moduleBeside('writer'), {
    data: { path, version, changes: changes.port1 } satisfies WriterData,
    handOver: [changes.port1],
  });
  const reader = startThread<ReaderVerbs>(moduleBeside('reader'), {
    data: { path, version, logLevel, settings: config, changes: changes.port2 } satisfies ReaderData,
    handOver: [changes.port2],
    verbs: { ownMetrics },
  });
  let revision: ReturnType<typeof openRevision>;
  try {
    await Promise.all([writer.ready, reader.ready]);
    revision = openRevision({ path, version });
  } catch (error) {
    await Promise.all([writer.end(), reader.end()]);
    throw error;
  }
  const close = async () => {
    revision.close();
    // A thread that is gone already has closed its connection by that.
    await Promise.allSettled([reader.link.call('close')]);
    await Promise.allSettled([writer.link.call('close')]);
    await Promise.all([reader.end(), writer.end()]);
  };
  return {
    store: { ...storeOver(writer.link, reader.link), revision: async () => revision.read(), close },
    elsewhere: askOver(reader.link),
    failed: Promise.race([writer.failed, reader.failed]),
  };
}

/** The module of a thread, in the language that this one runs in. */
function moduleBeside(name: string): URL {
  return new URL(import.meta.url.replace(/threads(\.[jt]s)$/, `${name}$1`));
}

function storeOver(
  writer: Link<WriterVerbs>,
  reader: Link<ReaderVerbs>,
): Omit<Threads['store'], 'revision' | 'close'> {
  const record = createSharedCalls({
    async record(reports) {
      const recorded = await writer.call('record', reports.map(packReport));
      return recorded.map(unpackRecorded);
    },
  });
  return {
    record,
    statuses: (filter, at) => reader.call('statuses', filter, at),
    standings: () => reader.call('standings'),
    periods: (filter, range) => reader.call('periods', filter, range),
    incidents: (filter, range) => reader.call('incidents', filter, range),
    reports: (filter, query) => reader.call('reports', filter, query),
    async *everyReport(filter) {
      await reader.call('startExport', filter);
      const next = () => reader.call('exportBatch');
      try {
        for (let batch = await next(); batch.length > 0; batch = await next()) yield* batch;
      } finally {
        await reader.call('stopExport');
      }
    },
    async *prune(horizons, batchMs) {
      await writer.call('startPruning', horizons, batchMs);
      const next = () => writer.call('pruneBatch');
      try {
        for (let batch = await next(); batch !== undefined; batch = await next()) yield batch;
      } finally {
        await writer.call('stopPruning');
      }
    },
    forget: (target) => writer.call('forget', target),
    probe: () => writer.call('probe'),
    tokens: {
      add: (token) => writer.call('addToken', token),
      list: () => writer.call('listTokens'),
      revoke: (name, at) => writer.call('revokeToken', name, at),
      markUsed: (sha256, at) => writer.call('markTokenUsed', sha256, at),
    },
  };
}

function askOver(reader: Link<ReaderVerbs>): Elsewhere {
  return async ({ method, url, headers }) => {
    const answer = await reader.call('ask', { method, url, headers: [...headers] });
    const { status, reason, sameUntil } = answer;
    // Bytes are sent as they are; a buffer would be copied into a stream first.
    const body = answer.body === undefined ? null : new Uint8Array(answer.body);
    const response = new Response(body, { status, headers: Object.fromEntries(answer.headers) });
    return { response, reason, sameUntil };
  };
}
