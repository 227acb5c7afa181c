import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { openExisting } from '../database.ts';
import type { TargetFilter } from '../domain/questions/reader.ts';
import type { Report } from '../domain/report.ts';
import { shownName } from '../domain/shown.ts';
import { plural } from '../web/views/words.ts';
import { keepPrivate } from './private-output.ts';
import { toReportLine } from './report-line.ts';
import { readSettings } from './settings.ts';
import { examples } from './usage.ts';

interface ExportOptions {
  readonly repo?: readonly string[];
  readonly server?: readonly string[];
}

/** How many characters are written at once, or more by a line. */
const CHUNK = 65_536;

export function exportCommand({ version }: { version: string }): Command {
  return new Command('export')
    .description('write every stored report to stdout, as a consistent snapshot: NDJSON, for `import`')
    .option('--repo <name...>', 'only of these repos')
    .option('--server <name...>', 'only of these servers')
    .addHelpText(
      'after',
      examples(
        ['Everything, compressed', 'gitops-status-server export | gzip > reports.ndjson.gz'],
        ['Two repos', 'gitops-status-server export --repo rsyslog nginx > reports.ndjson'],
      ),
    )
    .action((options: ExportOptions) => exportReports(options, version));
}

async function exportReports(
  { repo: repos, server: servers }: ExportOptions,
  version: string,
): Promise<void> {
  const store = await openExisting(readSettings(), version);
  try {
    keepPrivate(process.stdout.fd);
    const filter = { ...(repos && { repos }), ...(servers && { servers }) } satisfies TargetFilter;
    const seen = new Seen();
    const chunks = Readable.from(chunked(store.everyReport(filter), seen), { objectMode: true });
    await pipeline(chunks, process.stdout, { end: false });
    process.stderr.write(`export: ${plural(seen.reports, 'report')}\n`);
    const missing = [...seen.missing('repo', repos), ...seen.missing('server', servers)];
    if (missing.length > 0)
      throw new Error(
        `No report was found of ${missing.join(', ')}: check the names, also upper and lower case.`,
      );
  } finally {
    await store.close();
  }
}

/** What was exported. */
class Seen {
  reports = 0;
  readonly #names = { repo: new Set<string>(), server: new Set<string>() };

  add({ target }: Report): void {
    this.reports++;
    this.#names.repo.add(target.repo);
    this.#names.server.add(target.server);
  }

  /** Requested names of which nothing was exported. */
  missing(kind: 'repo' | 'server', names: readonly string[] = []): string[] {
    return names
      .filter((name) => !this.#names[kind].has(name))
      .map((name) => `the ${kind} ${shownName(name)}`);
  }
}

async function* chunked(reports: AsyncIterable<Report>, seen: Seen): AsyncGenerator<string> {
  let chunk = '';
  for await (const report of reports) {
    seen.add(report);
    chunk += `${toReportLine(report)}\n`;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}
