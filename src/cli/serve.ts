import { Command } from 'commander';
import { readSettings } from './settings.ts';
import { databaseOption, examples, hostOption, portOption, type ServeOptions, withOptions } from './usage.ts';

export function serveCommand({ version }: { version: string }): Command {
  return new Command('serve')
    .description('serve the API and the pages; this is the default command')
    .addOption(hostOption())
    .addOption(portOption())
    .addOption(databaseOption('the database file (default: the setting DATABASE_URL)'))
    .addHelpText(
      'after',
      examples(
        ['On http://127.0.0.1:8080, with the database in ./data', 'gitops-status-server serve'],
        [
          'On another port, with another database',
          'gitops-status-server serve --port 9000 --database /srv/status.db',
        ],
        [
          'For other machines: they need a token, so make one first',
          'gitops-status-server token create ci --scope report && gitops-status-server serve --host 0.0.0.0',
        ],
      ),
    )
    .action(async (options: ServeOptions) => {
      const config = readSettings(withOptions(process.env, options));
      // Help and refused settings need no server.
      const { serveUntilStopped } = await import('../server.ts');
      const { createLog, tellAddress } = await import('../terminal.ts');
      const log = await createLog(config.logLevel);
      await serveUntilStopped(config, { log, version, onServing: tellAddress(config) });
    });
}
