import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../src/domain/report.ts';
import type { Measure } from './measure.ts';
import { rounds, syncedReport } from './reports.ts';
import { fillStore, openScratchService } from './scratch.ts';

/** What does it cost to keep one more "still the same"? */
export const reportBytes: Measure = async ({ folder, quick }) => {
  const size = { targets: 200, before: quick ? 100 : 500, more: quick ? 300 : 2000 };
  const bare = await bytesPerReport(join(folder, 'bare.db'), syncedReport, size);
  const linked = await bytesPerReport(join(folder, 'linked.db'), withRunUrl, size);
  return [
    { what: 'database bytes of an unchanged report without run_url', ...bare, goal: { max: 32 } },
    { what: 'database bytes of an unchanged report with a run_url of 60', ...linked, goal: { max: 100 } },
  ];
};

/** What is there from the start (the schema, the targets) is not counted: only what the further rounds add. */
async function bytesPerReport(
  path: string,
  report: typeof syncedReport,
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
async function sizeAfter(path: string, reports: Iterable<Report>): Promise<number> {
  const { store, close } = openScratchService(path);
  await fillStore(store, reports);
  await close();
  return statSync(path).size;
}

function withRunUrl(target: number, tick: number): Report {
  const stem = `https://ci.example.org/repos/rsyslog/${target}/`;
  return { ...syncedReport(target, tick), runUrl: stem + String(tick).padStart(60 - stem.length, '0') };
}

function toMiB(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
