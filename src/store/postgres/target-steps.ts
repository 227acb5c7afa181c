import { one, type Session } from './session.ts';
import { statement } from './statement.ts';

/** How many targets one step has, so that no statement runs for long. */
const TARGETS = 500;

/** `after < id <= upTo`. */
export interface TargetStep {
  readonly after: number;
  readonly upTo: number;
}

/** By the key. */
const STEP_END = statement<{ after: number }, { id: number | null }>(
  `SELECT max(id) AS id FROM (SELECT id FROM target WHERE id > :after ORDER BY id LIMIT ${TARGETS}) AS next`,
);

/** All targets, step by step. */
export async function* targetSteps(session: Session): AsyncGenerator<TargetStep, void> {
  for (let after = 0; ; ) {
    const upTo = (await one(session, STEP_END, { after })).id;
    if (upTo === null) return;
    yield { after, upTo };
    after = upTo;
  }
}
