import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { backUp, openBackup } from '../database.ts';
import { plural } from '../web/views/words.ts';
import { keepPrivate } from './private-output.ts';
import { readSettings } from './settings.ts';
import { examples, UsageError } from './usage.ts';

export function backupCommand({ version }: { version: string }): Command {
  return new Command('backup')
    .description('copy the database into a new file, also while the server runs, and check the copy')
    .argument('<file>', 'the new file, which must not exist yet; "-" for stdout, once the copy is checked')
    .addHelpText(
      'after',
      examples(
        ['Every night', 'gitops-status-server backup "/srv/backup-$(date +%F).db"'],
        [
          'Out of a container, compressed',
          'docker exec CONTAINER node dist/main.js backup - | gzip > backup.db.gz',
        ],
      ),
    )
    .action((name: string) => (name === '-' ? writeOut(version) : writeFile(resolve(name), version)));
}

async function writeFile(file: string, version: string): Promise<void> {
  const { bytes, reports } = await backUp(readSettings(), { file, version });
  process.stdout.write(`${file}: ${bytes} bytes, ${plural(reports, 'report')}\n`);
}

async function writeOut(version: string): Promise<void> {
  if (process.stdout.isTTY)
    throw new UsageError(
      'A backup is not text, so it is not written to a terminal: send it to a file or a program, as in ' +
        '"backup - > FILE".',
    );
  keepPrivate(process.stdout.fd);
  const { bytes, reports, content } = await openBackup(readSettings(), { version });
  await pipeline(content, process.stdout, { end: false });
  process.stderr.write(`backup: ${bytes} bytes, ${plural(reports, 'report')}\n`);
}
