import { workerData } from 'node:worker_threads';
import { createQueries } from '../http/queries.ts';
import { openPostgresQueries } from '../store/postgres/postgres-queries.ts';
import { createLog } from '../terminal.ts';
import { answerQuestion } from './answer-question.ts';
import { Interest, type QuestionTask } from './question-task.ts';

// Composes a question worker on PostgreSQL. It waits for the database most of the time, and looks meanwhile whether the
// answer is still wanted: if not, it ends its connections, and the database what runs on them.

/** How often it checks that. */
const LOOK_MS = 50;

/** The settings of a worker. */
export interface PostgresWorkerData {
  readonly url: string;
  readonly readUrl: string | undefined;
  readonly questionMs: number;
  readonly version: string;
  readonly logLevel: string;
}

const { url, readUrl, questionMs, version, logLevel }: PostgresWorkerData = workerData;
const log = await createLog(logLevel);
let interest: Interest | undefined;

const store = openPostgresQueries({
  url,
  readUrl,
  questionMs,
  betweenSlices() {
    if (interest?.isLost) throw new Error('The answer is no longer wanted.');
  },
  onReplicaAway: (error) => log.error({ err: error }, 'the replica fails: the primary answers for a while'),
});
const queries = createQueries({ store, version, clock: Date.now, log });

export async function answer(task: QuestionTask): Promise<unknown> {
  const asked = new Interest(task.interest);
  interest = asked;
  asked.start();
  store.begin(task.question.dataVersion);
  const looking = setInterval(() => asked.isLost && store.giveUp(), LOOK_MS);
  try {
    return await answerQuestion(queries, task);
  } finally {
    clearInterval(looking);
  }
}
