import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { createApp } from '../app.ts';
import { DomainError } from '../domain/errors.ts';
import { ANONYMOUS_WORDS } from '../http/access.ts';
import type { HttpSettings } from '../http/deps.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { Link } from './link.ts';
import { readerVerbs } from './reader-verbs.ts';
import { toldStandings } from './told-standings.ts';
import type { ChangeVerbs } from './writer-verbs.ts';

// The thread that answers questions: the whole app once more, over a connection that cannot write. However long an
// answer takes, reports are taken meanwhile.

export interface ReaderData {
  readonly path: string;
  readonly version: string;
  readonly logLevel: string;
  readonly settings: HttpSettings;
  /** Where the writer tells what has changed. */
  readonly changes: MessagePort;
}

interface MainVerbs {
  readonly [verb: string]: (...args: never[]) => unknown;
  ready(): void;
  /** What the process counts about itself, in the text format of Prometheus. */
  ownMetrics(): Promise<string>;
}

if (parentPort === null) throw new Error('The reader runs in a thread of the server.');
const data: ReaderData = workerData;
const { version } = data;
const writer = new Link<ChangeVerbs>(data.changes);
await writer.call('isOpen');
const own = openSqliteStore({
  path: data.path,
  version,
  readOnly: true,
  tellChanges: () => writer.call('statusChanges'),
});
const store: Store = { ...own, standings: toldStandings(() => writer.call('standingChanges')) };

const log = pino({ level: data.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
const app = createApp({
  store,
  version,
  clock: Date.now,
  // Requests are logged and counted, and those who ask are checked, before the question comes here.
  log: { debug() {}, info() {}, error: log.error.bind(log) },
  metrics: {
    countRequest() {},
    countRefused() {},
    countRecorded() {},
    expose: () => main.call('ownMetrics'),
  },
  tokens: {
    find: async () => undefined,
    hasAny: async () => false,
    hasLive: async () => false,
    used() {},
    declare() {},
  },
  settings: { ...data.settings, anonymous: ANONYMOUS_WORDS },
  recorder: { submit: () => Promise.reject(new DomainError('unavailable', 'Nothing is recorded here.')) },
  live: { listen: () => Promise.reject(new DomainError('unavailable', 'Nothing is heard here.')) },
});
const main = new Link<MainVerbs>(parentPort, readerVerbs(app, store));
await main.call('ready');
