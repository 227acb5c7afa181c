import { Command, InvalidArgumentError } from 'commander';
import { databaseOption, examples, hostOption, portOption } from '../cli/usage.ts';
import type { DemoOptions } from './run-demo.ts';

export function demoCommand({ version }: { version: string }): Command {
  return new Command('demo')
    .description('fill a scratch database with a simulated fleet, then serve it')
    .option(
      '--targets <number>',
      'how many targets report; more than 200 report every hour or half hour',
      wholeNumber,
      20,
    )
    .option(
      '--days <number>',
      'how many days their history goes back (default: 30, fewer for more than 20 targets, 2 for 2000)',
      wholeNumber,
    )
    .option('--seed <number>', 'the same seed makes the same fleet', wholeNumber, 1)
    .addOption(
      databaseOption('a new database file to keep (default: a temporary file that is removed at exit)'),
    )
    .addOption(hostOption())
    .addOption(portOption())
    .addHelpText(
      'after',
      examples(
        ['Twenty targets over a month, to look at', 'gitops-status-server demo'],
        ['A large fleet, on another port', 'gitops-status-server demo --targets 2000 --port 9000'],
        ['To keep, and to serve again later', 'gitops-status-server demo --database demo.db'],
      ),
    )
    .action(async (options: DemoOptions) => {
      // Help needs no server.
      const { runDemo } = await import('./run-demo.ts');
      await runDemo(options, version);
    });
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return Number(text);
}
