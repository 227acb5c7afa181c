import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { type Answer, askApp } from '../http/ask.ts';
import { createQueries } from '../http/queries.ts';
import { checkpoint } from '../store/sqlite/checkpoint.ts';
import { openSqliteQueries } from '../store/sqlite/sqlite-store.ts';
import { createLog } from '../terminal.ts';
import { Interest, type QuestionTask } from './question-task.ts';

// Composes a question worker, as `compose.ts` composes the server: reader, routes and encoder.

/** The settings of a worker. */
export interface QuestionWorkerData {
  readonly path: string;
  readonly version: string;
  readonly logLevel: string;
}

const { path, version, logLevel }: QuestionWorkerData = workerData;
let interest: Interest | undefined;

const store = openSqliteQueries({
  path,
  version,
  betweenSlices() {
    if (interest?.isLost) throw new Error('The answer is no longer wanted.');
  },
});
const log = await createLog(logLevel);
const queries = createQueries({ store, version, clock: Date.now, log });

export { checkpoint };

/** Answers one question. The bytes are handed over, not copied. */
export async function answer(task: QuestionTask): Promise<unknown> {
  interest = new Interest(task.interest);
  interest.start();
  const answered: Answer = await askApp(queries, task.question);
  const { body } = answered;
  return body === undefined ? answered : move({ [transferableSymbol]: body, [valueSymbol]: answered });
}
