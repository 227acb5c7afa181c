import type { OpenAPIHono } from '@hono/zod-openapi';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { type Answer, askApp } from '../http/ask.ts';
import type { QuestionTask } from './question-task.ts';

/** Answers a question in a worker. The bytes are handed over, not copied. */
export async function answerQuestion(queries: OpenAPIHono, { question }: QuestionTask): Promise<unknown> {
  const answered: Answer = await askApp(queries, question);
  const { body } = answered;
  return body === undefined ? answered : move({ [transferableSymbol]: body, [valueSymbol]: answered });
}
