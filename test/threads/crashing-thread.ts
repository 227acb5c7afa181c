import { parentPort } from 'node:worker_threads';
import { Link } from '../../src/threads/link.ts';

// Starts well, and ends in a bug when asked to.

if (parentPort === null) throw new Error('This is for a thread.');
const verbs = {
  wait: () => new Promise<void>(() => undefined),
  crash: () => {
    setImmediate(() => {
      throw new Error('a bug in the thread');
    });
    return new Promise<void>(() => undefined);
  },
};
export type CrashingVerbs = typeof verbs;
await new Link<{ ready: () => void }>(parentPort, verbs).call('ready');
