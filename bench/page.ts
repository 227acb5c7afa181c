import { join } from 'node:path';
import type { Service } from '../src/compose.ts';
import { type Finding, inTurns, type Measure } from './measure.ts';
import { driftOf, INTERVAL_S, type PastReport, rounds, START, syncedReport } from './reports.ts';
import { fillFile, openScratchService, submissionOf } from './scratch.ts';
import { toMs } from './units.ts';

const ROUNDS = 60;
/** Reports of a day, so that the strips have something to draw. */
const DEPTH = (24 * 3600) / INTERVAL_S;
/** Ten of every hundred checks of a target find drift; a tenth of the fleet has drifted at the end. */
const CYCLE = 100;
const DRIFTED = 10;

/** What does the page of a fleet cost, compared with reading its status from the database? */
export const page: Measure = async ({ folder, quick, note }) => {
  const targets = 1000;
  const depth = quick ? 100 : DEPTH;
  const now = START + depth * INTERVAL_S * 1000;
  const path = join(folder, 'fleet.db');
  const { count, seconds } = await fillFile(path, rounds({ targets, from: 0, to: depth }, aReport));
  const service = openScratchService(path, () => now);
  note(`${targets} targets, ${count} reports in ${seconds.toFixed(1)} s`);
  const findings: Finding[] = [];
  for (const [i, query] of ['', '?sort=server&page=5'].entries()) {
    const { a, b, ratio } = await inTurns(
      ROUNDS,
      // At an instant: the present answer is in the cache.
      () => ask(service, `/api/v1/status?at=${now}`),
      () => ask(service, `/${query}`),
      // Nearly always somebody has reported since the page was last shown.
      (round) => service.store.record([submissionOf([aReport(round, depth + i)])]),
    );
    findings.push({
      what: `/api/v1/status?at= of ${targets} targets, or the page /${query}`,
      before: toMs(a),
      after: toMs(b),
      result: ratio,
      goal: { max: 3 },
    });
  }
  await service.close();
  return findings;
};

function aReport(target: number, tick: number): PastReport {
  const report = syncedReport(target, tick);
  const isDrifted = (tick + target * 7) % CYCLE < DRIFTED;
  return isDrifted ? { ...report, finding: driftOf('rsyslog.conf', 'rsyslog.d/30-lab.conf') } : report;
}

/** Like a browser. */
async function ask({ app }: Service, path: string): Promise<ArrayBuffer> {
  const headers = { Accept: 'text/html,*/*;q=0.8', 'Accept-Encoding': 'gzip' };
  const response = await app.request(path, { headers });
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
  return response.arrayBuffer();
}
