import { resolve } from 'node:path';
import { Command } from 'commander';
import { databaseName } from '../config/database-url.ts';
import { restore } from '../database.ts';
import { plural } from '../web/views/words.ts';
import { readSettings } from './settings.ts';
import { examples } from './usage.ts';

export function restoreCommand({ version }: { version: string }): Command {
  return new Command('restore')
    .description('replace the database with a backup, while no server runs; the old database is moved aside')
    .argument('<file>', 'the backup')
    .addHelpText(
      'after',
      examples(
        ['Go back to a backup, with the server stopped', 'gitops-status-server restore /srv/backup.db'],
        ['Only try it', 'DATABASE_URL=sqlite:/tmp/trial.db gitops-status-server restore /srv/backup.db'],
      ),
    )
    .action((name: string) => {
      const config = readSettings();
      const { bytes, reports, aside, isWithoutTokens } = restore(config, {
        file: resolve(name),
        version,
        now: Date.now(),
      });
      process.stdout.write(`${databaseName(config)}: ${bytes} bytes, ${plural(reports, 'report')}\n`);
      if (isWithoutTokens) {
        process.stderr.write(
          'restore: the backup has no tokens, so the server is open to everybody on loopback. To close it, ' +
            'make a token before you start it, or set GITOPS_STATUS_REQUIRE_TOKEN=true.\n',
        );
      }
      if (aside !== undefined) process.stderr.write(`restore: the old database is now ${aside}\n`);
    });
}
