import { Command } from 'commander';
import { openExisting } from '../database.ts';
import type { Actor } from '../domain/action.ts';
import { NAME_PATTERN } from '../domain/target.ts';
import { refusedRename } from '../http/routes/commands/targets.ts';
import { similarWarnings } from '../http/schemas/recorded.ts';
import { readSettings } from './settings.ts';
import { examples, UsageError } from './usage.ts';

interface RenameOptions {
  readonly newRepo?: string;
  readonly newServer?: string;
}

export function targetCommand({ version }: { version: string }): Command {
  const target = new Command('target').description('change one target, also while the server runs');
  target
    .command('rename <repo> <server>')
    .description('give a target another name, with its history')
    .option('--new-repo <name>', 'the new repo (default: the old one)')
    .option('--new-server <name>', 'the new server (default: the old one)')
    .addHelpText(
      'after',
      examples(
        [
          'A server that got another name',
          'gitops-status-server target rename rsyslog log-old --new-server log-1',
        ],
        ['A repo that moved', 'gitops-status-server target rename rsyslog log-1 --new-repo infra/rsyslog'],
      ),
    )
    .action((repo: string, server: string, options: RenameOptions) =>
      rename({ repo, server }, options, version),
    );
  return target;
}

/** The command cannot know who runs it. */
const SOMEBODY_HERE: Actor = { name: undefined, verified: false };

async function rename(
  from: { repo: string; server: string },
  { newRepo = from.repo, newServer = from.server }: RenameOptions,
  version: string,
): Promise<void> {
  const names = { from, to: { repo: newRepo, server: newServer } };
  for (const name of [newRepo, newServer]) {
    if (!NAME_PATTERN.test(name)) throw new UsageError(`"${name}" is not a valid name of a repo or server.`);
  }
  const store = await openExisting(readSettings(), version);
  try {
    const renaming = await store.renameTarget(names, { actor: SOMEBODY_HERE });
    if (renaming.kind === 'refused') throw refusedRename(names, renaming.reason);
    process.stdout.write(`${from.repo} on ${from.server} is now ${newRepo} on ${newServer}\n`);
    const { warnings = [] } = similarWarnings(names.to, renaming.similar);
    for (const warning of warnings) process.stderr.write(`target rename: ${warning}\n`);
  } finally {
    await store.close();
  }
}
