import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { BASELINE_COMMIT, buildBaseline } from './baseline.ts';
import { burst } from './burst.ts';
import { fleetBoard } from './fleet-board.ts';
import { historySize } from './history-size.ts';
import { hold } from './hold.ts';
import { ingest } from './ingest.ts';
import { ingestFleetSize } from './ingest-fleet-size.ts';
import { late } from './late.ts';
import { type Finding, isReached, type Measure } from './measure.ts';
import { metrics } from './metrics.ts';
import { notify } from './notify.ts';
import { page } from './page.ts';
import { postgres } from './postgres.ts';
import { questions } from './questions.ts';
import { reportBytes } from './report-bytes.ts';
import { retention } from './retention.ts';
import type { Program } from './servers.ts';
import { slowDisk } from './slow-disk.ts';
import { start } from './start.ts';
import { status } from './status.ts';

const MEASURES: Readonly<Record<string, Measure>> = {
  ingest,
  'ingest-fleet-size': ingestFleetSize,
  burst,
  late,
  'slow-disk': slowDisk,
  'history-size': historySize,
  'report-bytes': reportBytes,
  status,
  metrics,
  page,
  'fleet-board': fleetBoard,
  questions,
  hold,
  notify,
  start,
  retention,
  postgres,
};

const NAMES = Object.keys(MEASURES);

const program = new Command('bench')
  .description(
    'measures what the design promises; the figures are ratios within one run, and this is no test',
  )
  .addOption(new Option('--only <measures...>', 'only these').choices(NAMES).default(NAMES, 'all'))
  .option('--quick', 'smaller sizes, for a quick look between two edits', false)
  .option('--json', 'print JSON instead of a table', false)
  .action(async ({ only, quick, json }: { only: string[]; quick: boolean; json: boolean }) => {
    const findings = await measure(only, quick);
    if (json) console.log(JSON.stringify(findings.map(toRecord), null, 2));
    else console.table(findings.map(toLine));
    // Figures of smaller sizes prove nothing.
    if (!quick && findings.some((finding) => isReached(finding) === false)) process.exitCode = 1;
  });

await program.parseAsync();

async function measure(names: readonly string[], quick: boolean): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-bench-'));
  // Nothing is left behind, whatever ends it.
  process.once('exit', () => rmSync(folder, { recursive: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  let built: Promise<Program | undefined> | undefined;
  const findings: Finding[] = [];
  for (const [name, run] of Object.entries(MEASURES).filter(([known]) => names.includes(known))) {
    const own = join(folder, name);
    mkdirSync(own);
    const note = (text: string) => console.error(`${name}: ${text}`);
    const baseline = async () => {
      built ??= buildBaseline(join(folder, 'baseline'));
      const program = await built;
      if (program === undefined) note(`skipped beside ${BASELINE_COMMIT}: the Git history here lacks it`);
      return program;
    };
    const startedAt = performance.now();
    findings.push(...(await run({ folder: own, quick, note, baseline })));
    note(`done in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    rmSync(own, { recursive: true });
  }
  return findings;
}

function toRecord(finding: Finding) {
  return { ...finding, reached: isReached(finding) };
}

function toLine(finding: Finding) {
  const { what, before, after, result, goal } = finding;
  return {
    what,
    before,
    after,
    result: result === undefined ? '' : Number(result.toFixed(2)),
    goal: goal === undefined ? '' : toWords(goal),
    reached: { true: 'yes', false: 'NO', undefined: '' }[String(isReached(finding))] ?? '',
  };
}

function toWords({ min, max }: NonNullable<Finding['goal']>): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `${min} to ${max}`;
}
