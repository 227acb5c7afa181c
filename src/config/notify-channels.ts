import { z } from 'zod';
import type { ChannelSettings } from './channel-settings.ts';
import type { secretFields } from './secret-files.ts';

export type SecretFields = ReturnType<typeof secretFields>;

export const CHANNEL_TYPES = ['webhook', 'alertmanager', 'email', 'slack'] as const;

const MAIL_ADDRESS = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/;
const mailAddress = z
  .string('must be an address')
  .regex(MAIL_ADDRESS, 'must be an address such as ops@example.org');

const serverAddress = z
  .string('must be an address')
  .refine(
    isPlainAddress,
    'must be an address such as http://alertmanager:9093, without user, password, ? and #',
  )
  .transform((text) => text.replace(/\/+$/, ''));

const PORTS = { starttls: 587, implicit: 465, none: 25 } as const;

/** One value, or a list of them. */
export function listOf<T extends z.ZodType>(item: T, empty: string) {
  return z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item).min(1, empty));
}

/** What the notify file may say about a channel, by its type. */
export function channelSchemas({ line, url, word, key, pem }: SecretFields) {
  const common = { heartbeat_url_file: url.optional(), ca_file: pem.optional() };
  return {
    webhook: z.strictObject({
      type: z.literal('webhook'),
      url_file: url,
      secret_file: listOf(key, 'must name a file'),
      ...common,
    }),
    alertmanager: z.strictObject({
      type: z.literal('alertmanager'),
      url: serverAddress,
      username: z
        .string('must be a text')
        .regex(/^[^:\p{Cc}]+$/u, 'must be a name without a colon')
        .optional(),
      password_file: line.optional(),
      token_file: word.optional(),
      ...common,
    }),
    email: z.strictObject({
      type: z.literal('email'),
      host: z.string('must be a host name').regex(/^[A-Za-z0-9._:-]+$/, 'must be a host name or an address'),
      port: z.int('must be a number').min(1).max(65_535).optional(),
      tls: z.enum(['starttls', 'implicit', 'none'], 'must be starttls, implicit or none').default('starttls'),
      username: z
        .string('must be a text')
        .regex(/^[^\p{Cc}]+$/u, 'must be one line')
        .optional(),
      password_file: line.optional(),
      from: mailAddress,
      to: listOf(mailAddress, 'must name a recipient'),
      heartbeat_url_file: common.heartbeat_url_file,
      ca_file: common.ca_file,
    }),
    slack: z.strictObject({ type: z.literal('slack'), url_file: url, ...common }),
  };
}

type Schemas = ReturnType<typeof channelSchemas>;
export type ChannelEntry = z.infer<Schemas[keyof Schemas]>;

/** Settings of a channel that contradict each other. */
export function contradictionsIn(
  entry: Readonly<Record<string, unknown>>,
): readonly [key: string, words: string][] {
  const { type, username, password_file: password, token_file: token, tls } = entry;
  const found: [string, string][] = [];
  if (username !== undefined && password === undefined)
    found.push(['username', 'needs password_file beside it']);
  if (password !== undefined && username === undefined)
    found.push(['password_file', 'needs username beside it']);
  if (token !== undefined && username !== undefined)
    found.push(['token_file', 'and username are two ways to log in: remove one of them']);
  if (type === 'email' && tls === 'none' && username !== undefined)
    found.push(['tls', 'none would send the password in clear: use starttls or implicit']);
  return found;
}

export function settingsOf(name: string, entry: ChannelEntry): ChannelSettings {
  const common = { name, heartbeatUrl: entry.heartbeat_url_file, ca: entry.ca_file };
  switch (entry.type) {
    case 'webhook':
      return { type: 'webhook', url: entry.url_file, keys: entry.secret_file, ...common };
    case 'alertmanager':
      return { type: 'alertmanager', url: entry.url, authorization: authorizationOf(entry), ...common };
    case 'email': {
      const { host, port, tls, username: user, password_file: pass, from, to } = entry;
      const login = user === undefined || pass === undefined ? undefined : { user, pass };
      return { type: 'email', host, port: port ?? PORTS[tls], tls, login, from, to, ...common };
    }
    case 'slack':
      return { type: 'slack', url: entry.url_file, ...common };
  }
}

function authorizationOf(entry: z.infer<Schemas['alertmanager']>): string | undefined {
  const { username, password_file: password, token_file: token } = entry;
  if (token !== undefined) return `Bearer ${token}`;
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function isPlainAddress(text: string): boolean {
  return /^https?:\/\/[^/?#@\s]+(?:\/[^?#@\s]*)?$/i.test(text) && URL.canParse(text);
}
