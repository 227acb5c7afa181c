import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { readNotifyFile } from '../config/notify-file.ts';
import { readText } from '../config/read-text.ts';
import { openExisting } from '../database.ts';
import type { Target } from '../domain/target.ts';
import { createChannels } from '../notify/create-channels.ts';
import { sendTestMessage } from '../notify/test-message.ts';
import { explainTarget } from './notify-explain.ts';
import { readSettings } from './settings.ts';
import { examples, UsageError } from './usage.ts';

export function notifyCommand({ version }: { version: string }): Command {
  const notify = new Command('notify').description(
    'find out who gets which messages, and whether they arrive',
  );
  notify
    .command('test <channel>')
    .description('send one test message through a channel, and say what the receiver answered')
    .addHelpText(
      'after',
      examples(['Send a test message through the channel ops', 'gitops-status-server notify test ops']),
    )
    .action(test);
  notify
    .command('explain')
    .description('say who gets messages about a target, by which route, and who does not and why')
    .requiredOption('--repo <name>', 'the repo of the target')
    .requiredOption('--server <name>', 'the server of the target')
    .addHelpText(
      'after',
      examples([
        'Who gets messages about one target',
        'gitops-status-server notify explain --repo rsyslog --server rsyslog-lab',
      ]),
    )
    .action((target: Target) => explain(target, version));
  return notify;
}

async function test(name: string): Promise<void> {
  const { notifyFile, publicUrl } = readSettings();
  if (notifyFile === undefined || publicUrl === undefined)
    throw new UsageError('There are no channels: set GITOPS_STATUS_NOTIFY_FILE to the file that has them.');
  const { channels } = readNotifyFile(notifyFile, readText);
  const settings = channels.filter((one) => one.name === name);
  const say = (channel: string, words: string) => process.stdout.write(`${channel}: ${words}\n`);
  const options = { publicUrl, clock: Date.now, onAnswer: say, onWarning: say };
  const [channel] = createChannels(settings, options).channels;
  if (channel === undefined)
    throw new UsageError(
      `There is no channel ${name}. The channels are ${channels.map((one) => one.name).join(', ')}.`,
    );
  const id = `test-${randomUUID()}`;
  try {
    await sendTestMessage(channel, { id, now: Date.now(), signal: new AbortController().signal });
  } catch (error) {
    throw new Error(`${name}: not delivered: ${error instanceof Error ? error.message : error}`);
  }
}

async function explain({ repo, server }: Target, version: string): Promise<void> {
  const settings = readSettings();
  if (settings.notifyFile === undefined)
    throw new UsageError(
      'Nobody gets messages: set GITOPS_STATUS_NOTIFY_FILE to the file that has the routes.',
    );
  const { routing } = readNotifyFile(settings.notifyFile, readText);
  const store = await openExisting(settings, version);
  try {
    process.stdout.write(await explainTarget({ repo, server }, { store, routing, now: Date.now() }));
  } finally {
    await store.close();
  }
}
