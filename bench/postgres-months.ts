import { join } from 'node:path';
import type { Service } from '../src/compose.ts';
import { denseReport, THIN_TICKS, TICKS, thinReport } from './eventful-history.ts';
import { type Finding, inTurns, type Run } from './measure.ts';
import type { BenchCluster } from './postgres-cluster.ts';
import { benchTarget, END, INTERVAL_S, rounds } from './reports.ts';
import { fillFile, fillPostgres, openScratchNode, openScratchService } from './scratch.ts';
import { toMs } from './units.ts';

const DAYS = 30;
const MONTH_MS = DAYS * 86_400_000;
/** Before the month, and one of those that the thin history has too. */
const FIRST_TICK = THIN_TICKS * (Math.floor((TICKS - MONTH_MS / (INTERVAL_S * 1000)) / THIN_TICKS) - 1);
const ROUNDS = 40;

interface Question {
  readonly what: string;
  readonly path: (target: number) => string;
}

const QUESTIONS: readonly Question[] = [
  {
    what: `the timeline of one target over ${DAYS} days`,
    path: (target) => {
      const { repo, server } = benchTarget(target);
      return `/api/v1/timeline?repo=${repo}&server=${server}`;
    },
  },
  { what: `the timelines of all over ${DAYS} days`, path: () => '/api/v1/timeline?' },
  { what: `the compliance of all over ${DAYS} days`, path: () => '/api/v1/compliance?' },
];

/** A month of one target and of a fleet, in which as much happened, but "still the same" was said once or 100 times. */
export async function postgresMonths(run: Run, cluster: BenchCluster): Promise<Finding[]> {
  const targets = run.quick ? 3 : 20;
  const thin = await openBoth(run, { cluster, targets, name: 'thin', report: thinReport });
  const dense = await openBoth(run, { cluster, targets, name: 'dense', report: denseReport });
  const findings: Finding[] = [];
  for (const question of QUESTIONS) {
    for (let target = 0; target < targets; target++) {
      const answers = await Promise.all(
        [thin, dense].flatMap(({ sqlite, postgres }) =>
          [sqlite, postgres].map((service) => ask(service, question, { target })),
        ),
      );
      expectSame(question, answers);
    }
    const beside = (a: Service, b: Service) =>
      inTurns(
        ROUNDS,
        (round) => ask(a, question, { target: round % targets, round }),
        (round) => ask(b, question, { target: round % targets, round }),
      );
    for (const { sqlite, postgres, count } of [thin, dense]) {
      const { a, b, ratio } = await beside(sqlite, postgres);
      const what = `${question.what}, ${count} reports of ${targets} targets: SQLite, or PostgreSQL`;
      findings.push({ what, before: toMs(a, 2), after: toMs(b, 2), result: ratio });
    }
    const { a, b, ratio } = await beside(thin.postgres, dense.postgres);
    findings.push({
      what: `${question.what}, PostgreSQL: ${thin.count} reports of ${targets} targets, or ${dense.count}`,
      before: toMs(a, 2),
      after: toMs(b, 2),
      result: ratio,
      goal: { max: 1.2 },
    });
  }
  for (const { close } of [thin, dense]) await close();
  return findings;
}

async function openBoth(
  { folder, note }: Run,
  {
    cluster,
    targets,
    name,
    report,
  }: { cluster: BenchCluster; targets: number; name: string; report: typeof denseReport },
) {
  const path = join(folder, `${name}.db`);
  const database = await cluster.create(name);
  const history = () => rounds({ targets, from: FIRST_TICK, to: TICKS }, report);
  const { count, seconds } = await fillFile(path, history());
  const filled = await fillPostgres(database.url, history());
  await database.client.query('VACUUM ANALYZE');
  note(
    `${name}: ${count} reports; SQLite ${seconds.toFixed(1)} s, PostgreSQL ${filled.seconds.toFixed(1)} s`,
  );
  const sqlite = openScratchService(path, () => END);
  const postgres = await openScratchNode(database.url, () => END);
  return {
    sqlite,
    postgres,
    count,
    async close() {
      await sqlite.close();
      await postgres.close();
      await database.close();
    },
  };
}

/** In each round the range ends a little earlier, so that no cached answer is given. */
async function ask(
  { app }: Service,
  { path }: Question,
  { target, round = 0 }: { target: number; round?: number },
): Promise<string> {
  const to = END - round;
  const response = await app.request(`${path(target)}&from=${to - MONTH_MS}&to=${to}`);
  return response.text();
}

/** If the answers differed, comparing the times would mean nothing. */
function expectSame({ what }: Question, answers: readonly string[]): void {
  const [first = '', ...others] = answers;
  if (first.length < 100) throw new Error(`${what} is empty: ${first}`);
  for (const other of others)
    if (other !== first)
      throw new Error(`${what} differs:\n${first.slice(0, 1000)}\n${other.slice(0, 1000)}`);
}
