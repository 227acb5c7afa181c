import { join } from 'node:path';
import { findingOf } from '../src/domain/finding.ts';
import { type Report, staleAfter } from '../src/domain/report.ts';
import type { Service } from '../src/service.ts';
import { type Finding, inTurns, type Measure, type Run } from './measure.ts';
import { rounds, START, syncedReport } from './reports.ts';
import { fillStore, openScratchService } from './scratch.ts';

const QUESTIONS = ['/grafana/summary', '/grafana/state', '/grafana/state?shape=edges'] as const;
const ROUNDS = 15;

const DAYS = 30;
const INTERVAL_S = 16 * 60;
const TICKS = (DAYS * 86_400) / INTERVAL_S;
const END = START + TICKS * INTERVAL_S * 1000;
/** Every three days each target drifts for ten checks. */
const CYCLE = 270;
const DRIFTED = 10;

/** Does what a fleet's month costs to draw depend on how often "still the same" was said? */
export const fleetHistory: Measure = async (run) => {
  const targets = run.quick ? 100 : 1000;
  const thin = await openFilled(run, { targets, file: 'thin.db', report: thinReport });
  const dense = await openFilled(run, { targets, file: 'dense.db', report: denseReport });
  const findings: Finding[] = [];
  for (const question of QUESTIONS) {
    if ((await ask(thin.service, question)) !== (await ask(dense.service, question))) {
      throw new Error(`${question} differs: the two do not have the same transitions.`);
    }
    const { a, b, ratio } = await inTurns(
      ROUNDS,
      () => ask(thin.service, question),
      () => ask(dense.service, question),
    );
    findings.push({
      what: `${question}, ${targets} targets over ${DAYS} days: ${thin.count} reports stored, or ${dense.count}`,
      before: `${a.toFixed(0)} ms`,
      after: `${b.toFixed(0)} ms`,
      result: ratio,
      goal: { min: 0.8, max: 1.2 },
    });
  }
  await thin.service.close();
  await dense.service.close();
  return findings;
};

function denseReport(target: number, tick: number): Report {
  const files = isDrifted(target, tick) ? [{ name: 'rsyslog.conf' }] : [];
  const syncStatus = files.length > 0 ? 'OUT_OF_SYNC' : 'SYNCED';
  const checkedAt = START + tick * INTERVAL_S * 1000 + (target % 1000);
  return {
    ...syncedReport(target, tick),
    checkedAt,
    receivedAt: checkedAt + 1000,
    finding: findingOf({ syncStatus, files }),
    expectedIntervalS: INTERVAL_S,
    staleAfterMs: staleAfter(INTERVAL_S, 0),
  };
}

/** Only where something changes, and the very last; each declares when the next one kept is due. */
function thinReport(target: number, tick: number): Report | undefined {
  if (!isKept(target, tick)) return undefined;
  let next = tick + 1;
  while (next < TICKS && !isKept(target, next)) next++;
  const expectedIntervalS = (next - tick) * INTERVAL_S;
  return {
    ...denseReport(target, tick),
    expectedIntervalS,
    staleAfterMs: staleAfter(expectedIntervalS, 0),
  };
}

function isDrifted(target: number, tick: number): boolean {
  return (tick + target) % CYCLE < DRIFTED;
}

function isKept(target: number, tick: number): boolean {
  return tick === 0 || tick === TICKS - 1 || isDrifted(target, tick) !== isDrifted(target, tick - 1);
}

async function openFilled(
  { folder, note }: Run,
  { targets, file, report }: { targets: number; file: string; report: typeof thinReport },
) {
  const service = openScratchService(join(folder, file), () => END);
  const { count, seconds } = await fillStore(service.store, rounds({ targets, from: 0, to: TICKS }, report));
  note(`${file}: ${count} reports in ${seconds.toFixed(1)} s`);
  return { service, count };
}

async function ask({ app }: Service, question: string): Promise<string> {
  const url = `${question}${question.includes('?') ? '&' : '?'}from=${START}&to=${END}`;
  const response = await app.request(url);
  return response.text();
}
