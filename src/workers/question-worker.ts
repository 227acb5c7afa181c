import { workerData } from 'node:worker_threads';
import { createQueries } from '../http/queries.ts';
import { checkpoint } from '../store/sqlite/checkpoint.ts';
import { openSqliteQueries } from '../store/sqlite/sqlite-store.ts';
import { createLog } from '../terminal.ts';
import { answerQuestion } from './answer-question.ts';
import { Interest, type QuestionTask } from './question-task.ts';

// Composes a question worker on a file, as `compose.ts` composes the server: reader, routes and encoder.

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

export async function answer(task: QuestionTask): Promise<unknown> {
  interest = new Interest(task.interest);
  interest.start();
  return answerQuestion(queries, task);
}
