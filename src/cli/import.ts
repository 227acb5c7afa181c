import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { openStore } from '../compose.ts';
import { shownText } from '../domain/shown.ts';
import { utf8Text } from '../ingest/inputs/utf8.ts';
import { byteLines } from './byte-lines.ts';
import { importReports } from './import-reports.ts';
import { parseReportLine } from './report-line.ts';
import { readSettings } from './settings.ts';

export function importCommand({ version }: { version: string }): Command {
  return new Command('import')
    .description('record the reports of an export, also while the database is served; again is always safe')
    .argument('[file]', 'NDJSON, a report a line; "-" for stdin', '-')
    .action(async (file: string) => {
      const { staleAfterMs, ...config } = readSettings();
      const lines = byteLines(file === '-' ? process.stdin : createReadStream(file));
      const store = openStore(config, version);
      try {
        const parse = (line: Buffer) =>
          parseReportLine(utf8Text(line, 'it'), { now: Date.now(), staleAfterMs });
        const { recorded, duplicates, log } = await importReports(lines, { store, parse });
        process.stdout.write(`${recorded} reports recorded, ${duplicates} duplicates\n`);
        process.stderr.write(
          log
            .lines()
            .map((line) => `import: ${shownText(line)}\n`)
            .join(''),
        );
      } finally {
        await store.close();
      }
    });
}
