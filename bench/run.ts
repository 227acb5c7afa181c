import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { fleetHistory } from './fleet-history.ts';
import { fleetSize } from './fleet-size.ts';
import { historySize } from './history-size.ts';
import { type Finding, isReached, type Measure } from './measure.ts';
import { metrics } from './metrics.ts';
import { reportBytes } from './report-bytes.ts';

const MEASURES: Readonly<Record<string, Measure>> = {
  'history-size': historySize,
  'fleet-history': fleetHistory,
  'report-bytes': reportBytes,
  'fleet-size': fleetSize,
  metrics,
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
  });

await program.parseAsync();

async function measure(names: readonly string[], quick: boolean): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-bench-'));
  const findings: Finding[] = [];
  try {
    for (const [name, run] of Object.entries(MEASURES).filter(([known]) => names.includes(known))) {
      const own = join(folder, name);
      mkdirSync(own);
      const note = (text: string) => console.error(`${name}: ${text}`);
      findings.push(...(await run({ folder: own, quick, note })));
      rmSync(own, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return findings;
}

function toRecord(finding: Finding) {
  return { ...finding, reached: isReached(finding) };
}

function toLine(finding: Finding) {
  const { what, before, after, result, goal } = finding;
  const from = goal?.min === undefined ? 'at most ' : `${goal.min} to `;
  return {
    what,
    before,
    after,
    result: result === undefined ? '' : Number(result.toFixed(2)),
    goal: goal === undefined ? '' : `${from}${goal.max}`,
    reached: { true: 'yes', false: 'NO', undefined: '' }[String(isReached(finding))] ?? '',
  };
}
