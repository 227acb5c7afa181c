import { resolve } from 'node:path';
import { Command } from 'commander';
import { backUp } from '../compose.ts';
import { readSettings } from './settings.ts';

export function backupCommand({ version }: { version: string }): Command {
  return new Command('backup')
    .description('copy the database into a new file, also while it is served, and check the copy')
    .argument('<file>', 'where to: a name that is not taken')
    .action(async (name: string) => {
      const file = resolve(name);
      const { bytes, reports } = await backUp(readSettings(), { file, version });
      process.stdout.write(`${file}: ${bytes} bytes, ${reports} reports\n`);
    });
}
