import type { ChannelSettings } from '../config/channel-settings.ts';
import type { Channel } from './channel.ts';
import { alertmanagerChannel } from './channels/alertmanager.ts';
import type { ChannelDeps } from './channels/channel-deps.ts';
import { emailChannel } from './channels/email.ts';
import { slackChannel } from './channels/slack.ts';
import { webhookChannel } from './channels/webhook.ts';
import { createHttpClient } from './http-client.ts';

/** A channel, and who watches it. */
export interface ConnectedChannel {
  readonly channel: Channel;
  /** Tells the watcher that delivery works; undefined where there is none. Throws a `DeliveryError`. */
  readonly heartbeat: ((signal: AbortSignal) => Promise<void>) | undefined;
}

interface Options {
  readonly publicUrl: string;
  readonly clock: () => number;
  /** Told what a receiver answered; see `ChannelDeps`. */
  readonly onAnswer?: (channel: string, words: string) => void;
}

/** Makes the channels. Nothing is connected before it is needed, and nothing stays connected, so none is closed. */
export function createChannels(
  settings: readonly ChannelSettings[],
  { publicUrl, clock, onAnswer = () => undefined }: Options,
): readonly ConnectedChannel[] {
  return settings.map((one) => {
    const onOne = (words: string) => onAnswer(one.name, words);
    const client = createHttpClient({ clock, ca: one.ca, onAnswer: onOne });
    const { heartbeatUrl } = one;
    return {
      channel: createChannel(one, { client, publicUrl, clock, onAnswer: onOne }),
      heartbeat:
        heartbeatUrl === undefined ? undefined : (signal: AbortSignal) => client.ask(heartbeatUrl, signal),
    };
  });
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
