#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { backupCommand } from './cli/backup.ts';
import { exportCommand } from './cli/export.ts';
import { importCommand } from './cli/import.ts';
import { notifyCommand } from './cli/notify.ts';
import { tell, watchOutput } from './cli/outcome.ts';
import { repairCommand } from './cli/repair.ts';
import { restoreCommand } from './cli/restore.ts';
import { serveCommand } from './cli/serve.ts';
import { targetCommand } from './cli/target.ts';
import { tokenCommand } from './cli/token.ts';
import { argumentsFor, examples, throwUsageErrors } from './cli/usage.ts';
import { demoCommand } from './demo/demo-command.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const program = new Command('gitops-status-server')
  .description(
    'Records what drift checks found, and says what is true now, what was true then, and since when.\n' +
      'Settings come from the environment, the same for every command: docs/settings.md lists them.',
  )
  .version(version)
  .addHelpText(
    'after',
    examples(
      ['Look at a simulated fleet', 'gitops-status-server demo'],
      ['Serve on http://127.0.0.1:8080', 'gitops-status-server'],
      ['Copy the database while it is served', 'gitops-status-server backup /srv/backup.db'],
      ['What a command takes', 'gitops-status-server token create --help'],
    ),
  );

program.addCommand(serveCommand({ version }));
program.addCommand(demoCommand({ version }));
for (const command of [backupCommand, restoreCommand, exportCommand, importCommand, repairCommand]) {
  program.addCommand(command({ version }));
}
program.addCommand(targetCommand({ version }));
program.addCommand(notifyCommand({ version }));
program.addCommand(tokenCommand({ version }));

// What it writes is for its user alone: the log of a database, backups, the folders that it makes.
process.umask(0o077);

watchOutput();
try {
  await throwUsageErrors(program).parseAsync(argumentsFor(program, process.argv.slice(2)), { from: 'user' });
} catch (error) {
  tell(error);
}
