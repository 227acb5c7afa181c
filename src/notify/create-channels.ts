import type { ChannelSettings } from '../config/channel-settings.ts';
import type { Channel } from './channel.ts';
import { alertmanagerChannel } from './channels/alertmanager.ts';
import type { ChannelDeps } from './channels/channel-deps.ts';
import { emailChannel } from './channels/email.ts';
import { slackChannel } from './channels/slack.ts';
import { webhookChannel } from './channels/webhook.ts';
import { createHttpClient } from './http-client.ts';

/** The channels, and their watchdogs. */
export interface Connected {
  readonly channels: readonly Channel[];
  /** By channel, the function that tells its watchdog that delivery works. It throws a `DeliveryError`. */
  readonly heartbeats: ReadonlyMap<string, (signal: AbortSignal) => Promise<void>>;
}

interface Options {
  readonly publicUrl: string;
  readonly clock: () => number;
  /** Called with a receiver's answer; see `ChannelDeps`. */
  readonly onAnswer: (channel: string, words: string) => void;
  /** Called with what somebody should look at; see `ChannelDeps`. */
  readonly onWarning: (channel: string, words: string) => void;
}

/** Makes the channels. They connect only when needed and keep no connection, so none has to be closed. */
export function createChannels(
  settings: readonly ChannelSettings[],
  { publicUrl, clock, onAnswer, onWarning }: Options,
): Connected {
  const heartbeats = new Map<string, (signal: AbortSignal) => Promise<void>>();
  const channels = settings.map((one) => {
    const { name, ca, heartbeatUrl } = one;
    const said = {
      onAnswer: (words: string) => onAnswer(name, words),
      onWarning: (words: string) => onWarning(name, words),
    };
    const client = createHttpClient({ clock, ca, onAnswer: said.onAnswer });
    if (heartbeatUrl !== undefined) heartbeats.set(name, (signal) => client.ask(heartbeatUrl, signal));
    return createChannel(one, { client, publicUrl, clock, ...said });
  });
  return { channels, heartbeats };
}

function createChannel(settings: ChannelSettings, deps: ChannelDeps): Channel {
  switch (settings.type) {
    case 'webhook':
      return webhookChannel(settings, deps);
    case 'alertmanager':
      return alertmanagerChannel(settings, deps);
    case 'email':
      return emailChannel(settings, deps);
    case 'slack':
      return slackChannel(settings, deps);
  }
}
