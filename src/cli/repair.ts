import { Command } from 'commander';
import { openExisting } from '../database.ts';
import { readSettings } from './settings.ts';
import { examples } from './usage.ts';

export function repairCommand({ version }: { version: string }): Command {
  return new Command('repair')
    .description('mend what a wrong clock has left in the database, also while it is served')
    .requiredOption(
      '--future',
      'remove reports from more than five minutes ahead: they were recorded while the clock of this machine was ahead',
    )
    .addHelpText('after', examples(['After the clock was set right', 'gitops-status-server repair --future']))
    .action(async () => {
      const store = await openExisting(readSettings(), version);
      try {
        const { reports, targets } = await store.removeFuture();
        process.stdout.write(`${reports} reports of ${targets} targets removed\n`);
      } finally {
        await store.close();
      }
    });
}
