import { join } from 'node:path';
import type { Service } from '../src/compose.ts';
import { denseReport, TICKS, thinReport } from './eventful-history.ts';
import { type Finding, inTurns, type Measure, type Run } from './measure.ts';
import { benchTarget, DAYS, END, rounds, START } from './reports.ts';
import { fillFile, openScratchService } from './scratch.ts';
import { toMs } from './units.ts';

const RANGE = `from=${START}&to=${END}`;
const ROUNDS = 60;

interface Question {
  readonly what: string;
  readonly path: (target: number) => string;
}

/** The status is that at the end of the history. */
const QUESTIONS: readonly Question[] = [
  { what: 'the status of one target', path: (target) => `/api/v1/status?${onlyOf(target)}` },
  {
    what: `the timeline of one target over ${DAYS} days`,
    path: (target) => `/api/v1/timeline?${RANGE}&${onlyOf(target)}`,
  },
  {
    what: `the compliance of one target over ${DAYS} days`,
    path: (target) => `/api/v1/compliance?${RANGE}&${onlyOf(target)}`,
  },
  { what: `Grafana's summary of all over ${DAYS} days`, path: () => `/grafana/summary?${RANGE}` },
  { what: `Grafana's states of all over ${DAYS} days`, path: () => `/grafana/state?${RANGE}` },
];

/** Does an answer about ninety days take longer if "still the same" was reported more often? */
export const historySize: Measure = async (run) => {
  const targets = run.quick ? 3 : 20;
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
      what: `${question.what}: ${thin.count} reports of ${targets} targets, or ${dense.count}`,
      before: toMs(a, 2),
      after: toMs(b, 2),
      result: ratio,
      goal: { max: 1.2 },
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
  const path = join(folder, file);
  const { count, seconds } = await fillFile(path, rounds({ targets, from: 0, to: TICKS }, report));
  note(`${file}: ${count} reports in ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s)`);
  return { service: openScratchService(path, () => END), count };
}

/** If the answers differed, so would the histories, and comparing times would mean nothing. */
async function expectSameAnswers(
  question: Question,
  { targets, thin, dense }: { targets: number; thin: Service; dense: Service },
): Promise<void> {
  for (let target = 0; target < targets; target++) {
    const [a, b] = [await ask(thin, question, target), await ask(dense, question, target)];
    if (a !== b) throw new Error(`${question.what} differs for target ${target}:\n${a}\n${b}`);
    if (a.length < 100) throw new Error(`${question.what} is empty for target ${target}: ${a}`);
  }
}

async function ask({ app }: Service, { path }: Question, target: number): Promise<string> {
  const response = await app.request(path(target));
  return response.text();
}

function onlyOf(target: number): string {
  const { repo, server } = benchTarget(target);
  return `repo=${repo}&server=${server}`;
}
