import { createReadStream, openSync } from 'node:fs';
import { Command } from 'commander';
import { openDatabase } from '../database.ts';
import { shownText } from '../domain/shown.ts';
import { systemFault } from '../domain/system-fault.ts';
import { otherFormat, utf8Text } from '../ingest/inputs/utf8.ts';
import { plural } from '../web/views/words.ts';
import { byteLines } from './byte-lines.ts';
import { importReports } from './import-reports.ts';
import { parseReportLine } from './report-line.ts';
import { readSettings } from './settings.ts';
import { examples } from './usage.ts';

export function importCommand({ version }: { version: string }): Command {
  return new Command('import')
    .description('record the reports of an export, also while the server runs; repeating it is safe')
    .argument('[file]', 'NDJSON, one report per line; "-" for stdin', '-')
    .addHelpText(
      'after',
      examples(
        ['What another server has exported', 'gitops-status-server import reports.ndjson'],
        ['From a compressed file', 'gunzip -c reports.ndjson.gz | gitops-status-server import'],
      ),
    )
    .action(async (file: string) => {
      const { staleAfterMs, ...config } = readSettings();
      // Opened first: if the file does not exist, no database is made.
      const source = file === '-' ? process.stdin : createReadStream(file, { fd: openSync(file, 'r') });
      const lines = byteLines(readable(source, file === '-' ? 'standard input' : file));
      const store = await openDatabase(config, version);
      try {
        const parse = (line: Buffer) => parseReportLine(lineText(line), { now: Date.now(), staleAfterMs });
        const { recorded, duplicates, log } = await importReports(lines, { store, parse });
        process.stdout.write(`${plural(recorded, 'report')} recorded, ${plural(duplicates, 'duplicate')}\n`);
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

/** The bytes of a source. Throws an error with a sentence if it cannot be read. */
async function* readable(source: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  try {
    yield* source;
  } catch (error) {
    const words = systemFault(error, name);
    throw words === undefined ? error : new Error(words, { cause: error });
  }
}

function lineText(line: Buffer): string {
  const other = otherFormat(line);
  if (other !== undefined) throw new Error(`it is ${other.words}: ${other.inFile}.`);
  return utf8Text(line, 'it');
}
