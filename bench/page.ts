import { join } from 'node:path';
import { findingOf } from '../src/domain/finding.ts';
import type { Report } from '../src/domain/report.ts';
import type { Service } from '../src/service.ts';
import { type Finding, inTurns, type Measure } from './measure.ts';
import { INTERVAL_S, rounds, START, syncedReport } from './reports.ts';
import { fillStore, openScratchService } from './scratch.ts';

const ROUNDS = 60;
/** Reports of a day, so that the strips have something to draw. */
const DEPTH = (24 * 3600) / INTERVAL_S;
/** Every so many checks a target drifts for some; a tenth of the fleet drifts at the end. */
const CYCLE = 100;
const DRIFTED = 10;

/** What does the page of a fleet cost, beside reading the status that it shows from the database? */
export const page: Measure = async ({ folder, quick, note }) => {
  const targets = 1000;
  const depth = quick ? 100 : DEPTH;
  const now = START + depth * INTERVAL_S * 1000;
  const service = openScratchService(join(folder, 'fleet.db'), () => now);
  const { count, seconds } = await fillStore(service.store, rounds({ targets, from: 0, to: depth }, aReport));
  note(`${targets} targets, ${count} reports in ${seconds.toFixed(1)} s`);
  const findings: Finding[] = [];
  for (const [i, query] of ['', '?sort=server&page=5'].entries()) {
    const { a, b, ratio } = await inTurns(
      ROUNDS,
      // As of an instant: the status as of now is kept, and costs next to nothing to ask for again.
      () => ask(service, `/api/v1/status?at=${now}`),
      () => ask(service, `/${query}`),
      // As nearly always, something has come in since the page was shown last.
      (round) => service.store.record([aReport(round, depth + i)]),
    );
    findings.push({
      what: `/api/v1/status?at= of ${targets} targets, or the page /${query}`,
      before: `${a.toFixed(1)} ms`,
      after: `${b.toFixed(1)} ms`,
      result: ratio,
      goal: { max: 3 },
    });
  }
  await service.close();
  return findings;
};

function aReport(target: number, tick: number): Report {
  const report = syncedReport(target, tick);
  if ((tick + target * 7) % CYCLE >= DRIFTED) return report;
  const files = [{ name: 'rsyslog.conf' }, { name: 'rsyslog.d/30-lab.conf' }];
  return { ...report, finding: findingOf({ syncStatus: 'OUT_OF_SYNC', files }) };
}

/** As a browser does. */
async function ask({ app }: Service, path: string): Promise<ArrayBuffer> {
  const headers = { Accept: 'text/html,*/*;q=0.8', 'Accept-Encoding': 'gzip' };
  const response = await app.request(path, { headers });
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
  return response.arrayBuffer();
}
