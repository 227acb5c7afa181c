import { join } from 'node:path';
import type { Service } from '../src/service.ts';
import { DAYS, denseReport, END, TICKS, thinReport } from './eventful-history.ts';
import { type Finding, inTurns, type Measure, type Run } from './measure.ts';
import { benchTarget, rounds, START } from './reports.ts';
import { fillStore, openScratchService } from './scratch.ts';

/** The last one is about now, which is the end of that month. */
const QUESTIONS = ['timeline', 'compliance', 'status'] as const;
type Question = (typeof QUESTIONS)[number];

const ROUNDS = 60;

/** Does what one target's month costs to tell depend on how often "still the same" was said? */
export const historySize: Measure = async (run) => {
  const targets = run.quick ? 12 : 122;
  const thin = await openFilled(run, { targets, file: 'thin.db', report: thinReport });
  const dense = await openFilled(run, { targets, file: 'dense.db', report: denseReport });
  const findings: Finding[] = [];
  for (const question of QUESTIONS) {
    await expectSameAnswers(question, { targets, thin: thin.service, dense: dense.service });
    const { a, b, ratio } = await inTurns(
      ROUNDS,
      (round) => ask(thin.service, question, round % targets),
      (round) => ask(dense.service, question, round % targets),
    );
    findings.push({
      what: `${question} of one target${question === 'status' ? '' : ` over ${DAYS} days`}: ${thin.count} reports stored, or ${dense.count}`,
      before: `${a.toFixed(2)} ms`,
      after: `${b.toFixed(2)} ms`,
      result: ratio,
      goal: { min: 0.8, max: 1.2 },
    });
  }
  await thin.service.close();
  await dense.service.close();
  return findings;
};

async function openFilled(
  { folder, note }: Run,
  { targets, file, report }: { targets: number; file: string; report: typeof denseReport },
) {
  const service = openScratchService(join(folder, file), () => END);
  const { count, seconds } = await fillStore(service.store, rounds({ targets, from: 0, to: TICKS }, report));
  note(`${file}: ${count} reports in ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s)`);
  return { service, count };
}

/** Else the two would not have the same transitions, and their times nothing to do with each other. */
async function expectSameAnswers(
  question: Question,
  { targets, thin, dense }: { targets: number; thin: Service; dense: Service },
): Promise<void> {
  for (let target = 0; target < targets; target++) {
    const [a, b] = [await ask(thin, question, target), await ask(dense, question, target)];
    if (a !== b) throw new Error(`The ${question} of target ${target} differs:\n${a}\n${b}`);
    if (!a.includes('"server"')) throw new Error(`The ${question} of target ${target} is empty: ${a}`);
  }
}

async function ask({ app }: Service, question: Question, target: number): Promise<string> {
  const { repo, server } = benchTarget(target);
  const range = question === 'status' ? '' : `&from=${START}&to=${END}`;
  const response = await app.request(`/api/v1/${question}?repo=${repo}&server=${server}${range}`);
  return response.text();
}
