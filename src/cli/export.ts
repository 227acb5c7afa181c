import { fchmodSync, fstatSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { openExisting } from '../compose.ts';
import type { TargetFilter } from '../domain/questions/reader.ts';
import type { Report } from '../domain/report.ts';
import { toReportLine } from './report-line.ts';
import { readSettings } from './settings.ts';

interface ExportOptions {
  readonly repo?: readonly string[];
  readonly server?: readonly string[];
}

/** How many lines are written in one chunk. */
const CHUNK = 256;

export function exportCommand({ version }: { version: string }): Command {
  return new Command('export')
    .description('write every stored report to stdout, all of one moment: NDJSON, for `import`')
    .option('--repo <name...>', 'only of these repos')
    .option('--server <name...>', 'only of these servers')
    .action(async ({ repo: repos, server: servers }: ExportOptions) => {
      const store = openExisting(readSettings(), version);
      try {
        keepPrivate(process.stdout.fd);
        const filter = { ...(repos && { repos }), ...(servers && { servers }) } satisfies TargetFilter;
        const count = { reports: 0 };
        const chunks = Readable.from(chunked(store.everyReport(filter), count), { objectMode: true });
        await pipeline(chunks, process.stdout, { end: false });
        process.stderr.write(`export: ${count.reports} reports\n`);
      } finally {
        await store.close();
      }
    });
}

/** A new file that a shell has opened for the export is for its user alone, as the database is. */
function keepPrivate(file: number): void {
  const found = fstatSync(file);
  if (found.isFile() && found.size === 0 && found.uid === process.getuid?.()) fchmodSync(file, 0o600);
}

async function* chunked(reports: AsyncIterable<Report>, count: { reports: number }): AsyncGenerator<string> {
  let lines: string[] = [];
  for await (const report of reports) {
    count.reports++;
    if (lines.push(`${toReportLine(report)}\n`) < CHUNK) continue;
    yield lines.join('');
    lines = [];
  }
  yield lines.join('');
}
