import { Command } from 'commander';
import { databaseAddress, databaseName, databaseUrlFault } from '../config/database-url.ts';
import { readText } from '../config/read-text.ts';
import { migrateTo } from '../database.ts';
import type { MoveResult, MoveStep, OnStep } from '../store/moving.ts';
import { readSettings } from './settings.ts';
import { examples, UsageError } from './usage.ts';

interface MigrateOptions {
  readonly urlFile?: string;
}

export function migrateToCommand({ version }: { version: string }): Command {
  return new Command('migrate-to')
    .description(
      'copy everything from the file that DATABASE_URL names into an empty PostgreSQL, while no server runs; if it was ' +
        'interrupted, it goes on where it stopped',
    )
    .argument('[url]', 'where to: postgres://USER@HOST:PORT/DATABASE')
    .option('--url-file <file>', 'a file that has the address, for one with a password')
    .addHelpText(
      'after',
      examples(
        [
          'With the server stopped',
          "gitops-status-server migrate-to 'postgres://gitops@db.example/gitops_status?sslmode=verify-full'",
        ],
        ['With a secret address', 'gitops-status-server migrate-to --url-file /run/secrets/postgres-url'],
      ),
    )
    .action((url: string | undefined, options: MigrateOptions) => migrate(addressOf(url, options), version));
}

/** Nothing that it says has the address in it, which may have a password. */
function addressOf(given: string | undefined, { urlFile }: MigrateOptions): string {
  if ((given === undefined) === (urlFile === undefined))
    throw new UsageError('Name the PostgreSQL once: as an address, or with --url-file.');
  const url = given ?? readText(urlFile ?? '').trim();
  const fault = databaseUrlFault(url);
  if (fault !== undefined) throw new UsageError(`The address ${fault}.`);
  if (databaseAddress(url).postgresUrl === undefined)
    throw new UsageError('The address must be postgres://…: to copy the file to another one, use backup.');
  return url;
}

async function migrate(url: string, version: string): Promise<void> {
  const config = readSettings();
  if (config.databasePath === undefined)
    throw new UsageError(
      'DATABASE_URL must name the file that is copied, such as sqlite:./data/gitops-status.db.',
    );
  const [from, to] = [databaseName(config), databaseName(databaseAddress(url))];
  say(`Copying ${from} to ${to}. First the file is checked.`);
  const result = await migrateTo(config, { url, version, onStep: stepTeller() });
  tellReplaced(result);
  say(
    `Everything was copied: ${counted(result, 'target')} targets with ${counted(result, 'report')} reports. Both sides are the same.`,
  );
  say(
    `Next: set DATABASE_URL (or DATABASE_URL_FILE) to the address of the PostgreSQL, and start the server. ${from} was not ` +
      'changed. Keep it as a backup, and do not start a server on it again: its new reports would not be copied.',
  );
}

const TITLES = { read: 'Reading', copied: 'Copying', targets: 'Copying', same: 'Comparing' } as const;

/** The targets are told in so many parts. */
const PARTS = 20;

function stepTeller(): OnStep {
  let title = '';
  const tellLine = (step: MoveStep, table: string, words: string) => {
    if (TITLES[step.kind] !== title) say(TITLES[step.kind]);
    title = TITLES[step.kind];
    say(`  ${table.padEnd(20)} ${words.padStart(20)}`);
  };
  return (step) => {
    if (step.kind !== 'targets') {
      if (step.rows > 0) tellLine(step, step.table, grouped(step.rows));
    } else if (step.done === step.all || step.done % Math.ceil(step.all / PARTS) === 0) {
      tellLine(step, 'target', `${grouped(step.done)} of ${grouped(step.all)}`);
    }
  };
}

function tellReplaced({ replaced }: MoveResult): void {
  if (replaced.size === 0) return;
  const places = [...replaced].map(([column, times]) => `${column} (${times})`).join(', ');
  process.stderr.write(
    `migrate-to: PostgreSQL cannot store U+0000. In these columns it became U+FFFD, in so many values: ${places}\n`,
  );
}

function counted({ rows }: MoveResult, table: 'target' | 'report'): string {
  return grouped(rows.get(table) ?? 0);
}

/** With commas between thousands. */
function grouped(count: number): string {
  return count.toLocaleString('en');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
