import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Measure } from './measure.ts';
import { type PastReport, rounds, syncedReport } from './reports.ts';
import { fillFile } from './scratch.ts';
import { toMiB } from './units.ts';

/** How much room does one more "still the same" take? */
export const reportBytes: Measure = async ({ folder, quick }) => {
  const size = { targets: 200, before: quick ? 100 : 500, more: quick ? 300 : 2000 };
  const bare = await bytesPerReport(join(folder, 'bare.db'), syncedReport, size);
  const linked = await bytesPerReport(join(folder, 'linked.db'), withRunUrl, size);
  return [
    { what: 'database bytes of an unchanged report without run_url', ...bare, goal: { max: 32 } },
    { what: 'database bytes of an unchanged report with a run_url of 60', ...linked, goal: { max: 100 } },
  ];
};

/** Only what the further rounds add counts: not the schema, nor the one row per target. */
async function bytesPerReport(
  path: string,
  report: (target: number, tick: number) => PastReport,
  { targets, before, more }: { targets: number; before: number; more: number },
) {
  const first = await sizeAfter(path, rounds({ targets, from: 0, to: before }, report));
  const then = await sizeAfter(path, rounds({ targets, from: before, to: before + more }, report));
  return {
    before: `${toMiB(first)} at ${targets * before}`,
    after: `${toMiB(then)} at ${targets * (before + more)}`,
    result: (then - first) / (targets * more),
  };
}

/** Closing the store brings everything from the write-ahead log into the file. */
async function sizeAfter(path: string, reports: Iterable<PastReport>): Promise<number> {
  await fillFile(path, reports);
  return statSync(path).size;
}

export function withRunUrl(target: number, tick: number): PastReport {
  const stem = `https://ci.example.org/repos/rsyslog/${target}/`;
  return { ...syncedReport(target, tick), runUrl: stem + String(tick).padStart(60 - stem.length, '0') };
}
