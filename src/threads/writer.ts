import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { Link } from './link.ts';
import { changeVerbs, writerVerbs } from './writer-verbs.ts';

// The thread that writes: the one connection through which anything changes.

export interface WriterData {
  readonly path: string;
  readonly version: string;
  /** Where the reader asks what has changed. */
  readonly changes: MessagePort;
}

if (parentPort === null) throw new Error('The writer runs in a thread of the server.');
const { path, version, changes }: WriterData = workerData;
const store = openSqliteStore({ path, version });
new Link(changes, changeVerbs(store));
const main = new Link<{ ready: () => void }>(parentPort, writerVerbs(store));
await main.call('ready');
