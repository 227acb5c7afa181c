import { type MessagePort, type Transferable, Worker } from 'node:worker_threads';
import { Link, type Verbs } from './link.ts';

export interface Thread<Other extends Verbs> {
  readonly link: Link<Other>;
  /** Resolves once the thread says `ready`; rejects with what it could not start for. */
  readonly ready: Promise<void>;
  /** Rejects where the thread ends by itself: nothing goes on without it. */
  readonly failed: Promise<never>;
  /** Ends the thread, whatever it is doing. */
  end(): Promise<void>;
}

interface ThreadOptions {
  readonly data: object;
  /** Ports among the data. */
  readonly handOver?: readonly (MessagePort & Transferable)[];
  /** What the thread may call here. */
  readonly verbs?: Verbs;
}

/** Where the sources run as they are (`npm run dev`, the bench), their loader does not reach a thread by itself. */
const FROM_SOURCES = `
  const { workerData } = require('node:worker_threads');
  import(workerData.loader).then(({ register }) => { register(); return import(workerData.module); });`;

/** Runs a module of ours in a thread. */
export function startThread<Other extends Verbs>(
  module: URL,
  { data, handOver = [], verbs = {} }: ThreadOptions,
): Thread<Other> {
  const isSource = module.pathname.endsWith('.ts');
  const loader = isSource ? import.meta.resolve('tsx/esm/api') : undefined;
  const options = { workerData: { ...data, module: module.href, loader }, transferList: [...handOver] };
  const worker = isSource
    ? new Worker(FROM_SOURCES, { ...options, eval: true })
    : new Worker(module, options);
  let isReady: () => void = () => undefined;
  const said = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const link = new Link<Other>(worker, { ...verbs, ready: isReady });
  let isEnding = false;
  const failed = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      const reason = new Error(`A thread of the server ended by itself (${code}).`);
      link.hangUp(reason);
      if (!isEnding) reject(reason);
    });
  });
  // Whoever waits for it is told; that nobody does is no failure of its own.
  failed.catch(() => undefined);
  return {
    link,
    ready: Promise.race([said, failed]),
    failed,
    async end() {
      isEnding = true;
      await worker.terminate();
    },
  };
}
