#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { tell, watchOutput } from './cli/outcome.ts';
import { argumentsFor, examples, namedCommand, throwUsageErrors } from './cli/usage.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const program = new Command('gitops-status-server')
  .description(
    'Records what drift checks find, and says what is true now, what was true before, and since ' +
      'when.\nSettings come from the environment, the same for every command: docs/settings.md lists them.',
  )
  .version(version)
  .addHelpText(
    'after',
    examples(
      ['Look at a simulated fleet', 'gitops-status-server demo'],
      ['Serve on http://127.0.0.1:8080', 'gitops-status-server'],
      ['Copy the database while the server runs', 'gitops-status-server backup /srv/backup.db'],
      ['The options of a command', 'gitops-status-server token create --help'],
    ),
  );

/** A command is loaded when it is named: to load all of them takes longer than most of them do. */
const COMMANDS = {
  serve: async () => (await import('./cli/serve.ts')).serveCommand,
  demo: async () => (await import('./demo/demo-command.ts')).demoCommand,
  backup: async () => (await import('./cli/backup.ts')).backupCommand,
  restore: async () => (await import('./cli/restore.ts')).restoreCommand,
  export: async () => (await import('./cli/export.ts')).exportCommand,
  import: async () => (await import('./cli/import.ts')).importCommand,
  'migrate-to': async () => (await import('./cli/migrate-to.ts')).migrateToCommand,
  repair: async () => (await import('./cli/repair.ts')).repairCommand,
  target: async () => (await import('./cli/target.ts')).targetCommand,
  notify: async () => (await import('./cli/notify.ts')).notifyCommand,
  token: async () => (await import('./cli/token.ts')).tokenCommand,
};

const given = process.argv.slice(2);
const named = namedCommand(given);
const wanted = Object.entries(COMMANDS).filter(([name]) => name === named);
for (const [, load] of wanted.length > 0 ? wanted : Object.entries(COMMANDS)) {
  const command = await load();
  program.addCommand(command({ version }));
}

// Files of this program are readable only by its user: a database, its log, backups, and new folders.
process.umask(0o077);

watchOutput();
try {
  await throwUsageErrors(program).parseAsync(argumentsFor(program, given), { from: 'user' });
} catch (error) {
  tell(error);
}
