import { Command } from 'commander';
import { openExisting } from '../database.ts';
import { plural } from '../web/views/words.ts';
import { readSettings } from './settings.ts';
import { examples } from './usage.ts';

export function repairCommand({ version }: { version: string }): Command {
  return new Command('repair')
    .description('repair what a wrong clock has left in the database, also while the server runs')
    .requiredOption(
      '--future',
      'remove reports that are more than five minutes in the future: they were recorded while the clock of ' +
        'this machine was ahead',
    )
    .addHelpText('after', examples(['After the clock was set right', 'gitops-status-server repair --future']))
    .action(async () => {
      const store = await openExisting(readSettings(), version);
      try {
        const { reports, targets } = await store.removeFuture();
        process.stdout.write(`${plural(reports, 'report')} of ${plural(targets, 'target')} removed\n`);
      } finally {
        await store.close();
      }
    });
}
