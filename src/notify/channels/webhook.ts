import { createHmac } from 'node:crypto';
import type { WebhookSettings } from '../../config/channel-settings.ts';
import type { Message } from '../../domain/notify/message.ts';
import type { MessageChannel } from '../channel.ts';
import type { ChannelDeps } from './channel-deps.ts';
import { cloudEventOf } from './cloud-event.ts';

/** Posts each message as a CloudEvent, signed according to Standard Webhooks: https://www.standardwebhooks.com. */
export function webhookChannel(
  { name, url, keys }: Pick<WebhookSettings, 'name' | 'url' | 'keys'>,
  { client, publicUrl, clock }: ChannelDeps,
): MessageChannel {
  return {
    kind: 'messages',
    name,
    async send(message: Message, signal: AbortSignal) {
      const body = cloudEventOf(message, { publicUrl });
      // The time of the attempt: a receiver refuses an old signature.
      const timestamp = String(Math.floor(clock() / 1000));
      const headers = {
        'Content-Type': 'application/cloudevents+json; charset=utf-8',
        'webhook-id': message.id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatures(`${message.id}.${timestamp}.${body}`, keys),
      };
      await client.post(url, { headers, body }, signal);
    },
  };
}

/** One signature for each key: a receiver accepts the message if it knows one of them. */
function signatures(signed: string, keys: readonly Buffer[]): string {
  return keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`).join(' ');
}
