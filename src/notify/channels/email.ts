import { connect, type Socket } from 'node:net';
import type { EmailSettings } from '../../config/channel-settings.ts';
import type { Message } from '../../domain/notify/message.ts';
import { DeliveryError, type MessageChannel } from '../channel.ts';
import { type Line, plain, withoutLink, written } from '../line.ts';
import { guardedLookup, refuseLinkLocal } from '../link-local.ts';
import { trusting } from '../trust.ts';
import { threadSubject, type Wording, wordingOf } from '../wording.ts';
import type { ChannelDeps } from './channel-deps.ts';
import { smtpFailure } from './smtp-failure.ts';

/** How long each step may take: to connect, to be greeted, to be answered. */
const STEP_MS = 15_000;
/** How long all steps may take together. */
const TIMEOUT_MS = 60_000;

/** Sends each message as a mail in plain text; all mails of a group are one thread. */
export function emailChannel(
  settings: Omit<EmailSettings, 'type' | 'heartbeatUrl'>,
  { publicUrl, onAnswer, onWarning }: Omit<ChannelDeps, 'client' | 'clock'>,
): MessageChannel {
  const { name, from, to } = settings;
  // Loaded if there is such a channel: it is a large library.
  const loaded = import('nodemailer').then(({ createTransport }) => createTransport(transportOf(settings)));
  return {
    kind: 'messages',
    name,
    async send(message: Message, signal: AbortSignal) {
      const stop = new AbortController();
      const abort = () => stop.abort();
      const late = setTimeout(abort, TIMEOUT_MS);
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      try {
        const mail = mailOf(message, { from, to, publicUrl });
        const transport = await loaded;
        const { response, rejected } = await transport.sendMail({ ...mail, signal: stop.signal });
        // If it were sent again, the others would get it twice.
        if (rejected.length > 0) onWarning(`the mail server refused ${rejected.length} of the recipients`);
        onAnswer(`the mail server answered ${/^\d{3}/.exec(response)?.[0] ?? 'nothing'}`);
      } catch (error) {
        throw smtpFailure(error);
      } finally {
        clearTimeout(late);
        signal.removeEventListener('abort', abort);
      }
    },
  };
}

function transportOf({ host, port, tls, login, ca }: Omit<EmailSettings, 'type' | 'heartbeatUrl'>) {
  return {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    // Otherwise a server that asks for no login would get the mail without one, and nobody would notice.
    forceAuth: login !== undefined,
    ...(login !== undefined && { auth: login }),
    tls: trusting(ca),
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    maxResponseSize: 64 * 1024,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_: object, done: (error: Error | null, options?: { connection: Socket }) => void) =>
      openSocket({ host, port }, done),
  };
}

/** Opens its own connection: the library looks names up by itself, and would connect to any address. */
function openSocket(
  { host, port }: { host: string; port: number },
  done: (error: Error | null, options?: { connection: Socket }) => void,
): void {
  try {
    refuseLinkLocal(host);
    const socket = connect({ host, port, lookup: guardedLookup, timeout: STEP_MS });
    socket.once('error', done);
    const late = new DeliveryError(`the mail server took no connection within ${STEP_MS / 1000} s`);
    socket.once('timeout', () => socket.destroy(late));
    socket.once('connect', () => {
      socket.removeAllListeners('error').removeAllListeners('timeout').setTimeout(0);
      done(null, { connection: socket });
    });
  } catch (error) {
    done(error instanceof Error ? error : new Error('no connection', { cause: error }));
  }
}

function mailOf(
  message: Message,
  { from, to, publicUrl }: { from: string; to: readonly string[]; publicUrl: string },
) {
  const host = new URL(publicUrl).hostname;
  const isFirst = message.id === message.thread;
  const first = `<${message.thread}@${host}>`;
  return {
    from: { name: 'gitops-status-server', address: from },
    to: [...to],
    subject: `${isFirst ? '' : 'Re: '}${plain(threadSubject(message))}`,
    date: new Date(message.at),
    messageId: `<${message.id}@${host}>`,
    ...(!isFirst && { inReplyTo: first, references: first }),
    text: textOf(wordingOf(message, { publicUrl })),
    // Prevents out-of-office replies, and filters know it.
    headers: { 'Auto-Submitted': 'auto-generated', 'List-Id': `<gitops-status.${host}>` },
  };
}

function textOf({ headline, link, items, more }: Wording): string {
  const paragraphs = items.map(({ title, link: page, lines }) =>
    [safe(title), page, ...lines.map(safe)].join('\n  '),
  );
  const rest = more === 0 ? [] : [`and ${more} more: ${link}`];
  return `${[`${safe(headline)}\n${link}`, ...paragraphs, ...rest].join('\n\n')}\n`;
}

function safe(line: Line): string {
  return written(line, withoutLink);
}
