import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { burst } from './burst.ts';
import { fleetHistory } from './fleet-history.ts';
import { fleetSize } from './fleet-size.ts';
import { historySize } from './history-size.ts';
import { ingest } from './ingest.ts';
import { ingestFleetSize } from './ingest-fleet-size.ts';
import { type Finding, isReached, type Measure } from './measure.ts';
import { memory } from './memory.ts';
import { metrics } from './metrics.ts';
import { page } from './page.ts';
import { readInterference } from './read-interference.ts';
import { reportBytes } from './report-bytes.ts';
import { retention } from './retention.ts';
import { start } from './start.ts';
import { status } from './status.ts';

const MEASURES: Readonly<Record<string, Measure>> = {
  ingest,
  'ingest-fleet-size': ingestFleetSize,
  burst,
  'history-size': historySize,
  'fleet-history': fleetHistory,
  'report-bytes': reportBytes,
  'fleet-size': fleetSize,
  status,
  metrics,
  'read-interference': readInterference,
  memory,
  start,
  retention,
  page,
};

const NAMES = Object.keys(MEASURES);

const program = new Command('bench')
  .description('measure what the design promises; figures are ratios within one run, and no test')
  .addOption(new Option('--only <measures...>', 'not all of them').choices(NAMES).default(NAMES, 'all'))
  .option('--quick', 'smaller sizes, for a look between two edits', false)
  .option('--json', 'print JSON instead of a table', false)
  .action(async ({ only, quick, json }: { only: string[]; quick: boolean; json: boolean }) => {
    const findings = await measure(only, quick);
    if (json) console.log(JSON.stringify(findings.map(toRecord), null, 2));
    else console.table(findings.map(toLine));
    // The figures of smaller sizes are no proof.
    if (!quick && findings.some((finding) => isReached(finding) === false)) process.exitCode = 1;
  });

await program.parseAsync();

async function measure(names: readonly string[], quick: boolean): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-bench-'));
  // However it ends: nothing stays behind.
  process.once('exit', () => rmSync(folder, { recursive: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const findings: Finding[] = [];
  for (const [name, run] of Object.entries(MEASURES).filter(([known]) => names.includes(known))) {
    const own = join(folder, name);
    mkdirSync(own);
    const note = (text: string) => console.error(`${name}: ${text}`);
    const startedAt = performance.now();
    findings.push(...(await run({ folder: own, quick, note })));
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
