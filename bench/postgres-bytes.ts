import type { Finding, Run } from './measure.ts';
import type { BenchCluster, BenchDatabase } from './postgres-cluster.ts';
import { withRunUrl } from './report-bytes.ts';
import { type PastReport, rounds, syncedReport } from './reports.ts';
import { fillPostgres } from './scratch.ts';
import { toMiB } from './units.ts';

/** How much room does one more "still the same" take? */
export async function postgresBytes({ quick }: Run, cluster: BenchCluster): Promise<Finding[]> {
  const size = { targets: 200, before: quick ? 100 : 500, more: quick ? 300 : 2000 };
  const bare = await bytesPerReport(await cluster.create('bare'), syncedReport, size);
  const linked = await bytesPerReport(await cluster.create('linked'), withRunUrl, size);
  return [
    { what: 'PostgreSQL: bytes of an unchanged report without run_url', ...bare, goal: { max: 20 } },
    { what: 'PostgreSQL: bytes of an unchanged report with a run_url of 60', ...linked, goal: { max: 100 } },
  ];
}

/** Only what the further rounds add counts. */
async function bytesPerReport(
  database: BenchDatabase,
  report: (target: number, tick: number) => PastReport,
  { targets, before, more }: { targets: number; before: number; more: number },
) {
  const sizeAfter = async (from: number, to: number) => {
    await fillPostgres(database.url, rounds({ targets, from, to }, report));
    return database.bytesAfterVacuum();
  };
  const first = await sizeAfter(0, before);
  const then = await sizeAfter(before, before + more);
  await database.close();
  return {
    before: `${toMiB(first)} at ${targets * before}`,
    after: `${toMiB(then)} at ${targets * (before + more)}`,
    result: (then - first) / (targets * more),
  };
}
