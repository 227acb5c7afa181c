#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { pino } from 'pino';
import { backupCommand } from './cli/backup.ts';
import { exportCommand } from './cli/export.ts';
import { importCommand } from './cli/import.ts';
import { notifyCommand } from './cli/notify.ts';
import { repairCommand } from './cli/repair.ts';
import { restoreCommand } from './cli/restore.ts';
import { targetCommand } from './cli/target.ts';
import { tokenCommand } from './cli/token.ts';
import { ConfigError, parseConfig } from './config/config.ts';
import { demoCommand } from './demo/demo-command.ts';
import { shownText } from './domain/shown.ts';
import { serveUntilStopped } from './server.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const program = new Command('gitops-status-server')
  .description(
    'Records what drift checks found, and says what is true now, what was true then, and since when.',
  )
  .version(version);

program
  .command('serve', { isDefault: true })
  .description('serve the API; settings come from the environment (see the README)')
  .action(async () => {
    const config = parseConfig(process.env, (path) => readFileSync(path, 'utf8'));
    const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
    await serveUntilStopped(config, { log, version });
  });

program.addCommand(demoCommand({ version }));
for (const command of [backupCommand, restoreCommand, exportCommand, importCommand, repairCommand]) {
  program.addCommand(command({ version }));
}
program.addCommand(targetCommand({ version }));
program.addCommand(notifyCommand({ version }));
program.addCommand(tokenCommand({ version }));

// What it writes is for its user alone: the log of a database, backups, the folders that it makes.
process.umask(0o077);

try {
  await program.parseAsync();
} catch (error) {
  // Wrong settings or a broken database are for the operator: a message without a stack trace.
  process.stderr.write(`${shownText(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
