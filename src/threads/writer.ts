import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { Link } from './link.ts';
import { standingVerbs, writerVerbs } from './writer-verbs.ts';

// The thread that writes: the one connection through which anything changes.

export interface WriterData {
  readonly path: string;
  readonly version: string;
  /** Where the reader asks how targets stand. */
  readonly standings: MessagePort;
}

if (parentPort === null) throw new Error('The writer runs in a thread of the server.');
const { path, version, standings }: WriterData = workerData;
const store = openSqliteStore({ path, version });
new Link(standings, standingVerbs(store));
const main = new Link<{ ready: () => void }>(parentPort, writerVerbs(store));
await main.call('ready');
