import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ChannelSettings } from '../../src/config/channel-settings.ts';
import type { Channel } from '../../src/notify/channel.ts';
import { createChannels } from '../../src/notify/create-channels.ts';
import { sendTestMessage } from '../../src/notify/test-message.ts';
import { CERTIFICATE } from './certificate.ts';
import { startReceiver } from './receiver.ts';

const CANARY = 'canary0f1e2d3c';
const KEY = Buffer.from(`${CANARY}${'.'.repeat(20)}`);

/** The canary, and every form in which it is sent. */
const FORMS = [
  CANARY,
  KEY.toString('base64').slice(0, 16),
  Buffer.from(`drift:${CANARY}`).toString('base64'),
  Buffer.from(`\u0000drift\u0000${CANARY}`).toString('base64'),
  Buffer.from(CANARY).toString('base64'),
];

/** Receivers of a channel: none, one that repeats what it gets, or one that answers nonsense. */
interface Failure {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
}

/** A server that answers every line with an error that repeats its input: HTTP and SMTP clients read it. */
async function startEcho(greeting: string, answer: (all: string) => string): Promise<number> {
  const server = createServer((socket: Socket) => {
    let all = '';
    socket.write(greeting);
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (text: string) => {
      all += text;
      socket.write(answer(all));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function settingsFor({ host, port, scheme }: Failure): ChannelSettings[] {
  const url = `${scheme}://drift:${CANARY}@${host}:${port}/${CANARY}?token=${CANARY}`;
  const common = { heartbeatUrl: url, ca: undefined };
  const mail = { from: 'a@b.example', to: ['c@d.example'], login: { user: 'drift', pass: CANARY } };
  return [
    { name: 'webhook', type: 'webhook', url, keys: [KEY], ...common },
    { name: 'slack', type: 'slack', url, ...common },
    {
      name: 'alertmanager',
      type: 'alertmanager',
      url: `${scheme}://${host}:${port}`,
      authorization: `Bearer ${CANARY}`,
      ...common,
    },
    { name: 'starttls', type: 'email', host, port, tls: 'starttls', ...mail, ...common },
    { name: 'implicit', type: 'email', host, port, tls: 'implicit', ...mail, ...common },
    { name: 'in clear', type: 'email', host, port, tls: 'none', ...mail, ...common },
  ];
}

const FAILURES: readonly [string, () => Promise<Failure>][] = [
  ['refused', async () => ({ host: '127.0.0.1', port: await closedPort(), scheme: 'http' })],
  ['a name that is not known', async () => ({ host: `${CANARY}.invalid`, port: 25, scheme: 'https' })],
  ['link-local', async () => ({ host: '169.254.169.254', port: 80, scheme: 'http' })],
  [
    'HTTP that repeats what it got in the body of a 500',
    async () => {
      const { port } = await startReceiver({
        answer: ({ body, headers, path }) => ({
          status: 500,
          headers: { 'X-Echo': path ?? '', 'Retry-After': path ?? '' },
          body: JSON.stringify({ body, headers, path }),
        }),
      });
      return { host: '127.0.0.1', port, scheme: 'http' };
    },
  ],
  [
    'HTTP whose reason repeats what it got',
    async () => {
      const port = await startEcho('', (all) => `HTTP/1.1 500 ${all.replace(/\r?\n/g, ' ')}\r\n\r\n`);
      return { host: '127.0.0.1', port, scheme: 'http' };
    },
  ],
  [
    'HTTP that is none, and repeats what it got',
    async () => ({ host: '127.0.0.1', port: await startEcho('', (all) => all), scheme: 'http' }),
  ],
  [
    'a redirect to what it got',
    async () => {
      const { port } = await startReceiver({
        answer: ({ path }) => ({ status: 307, headers: { Location: path ?? '' } }),
      });
      return { host: '127.0.0.1', port, scheme: 'http' };
    },
  ],
  [
    'SMTP that repeats every command in an error',
    async () => {
      const port = await startEcho('220 hello\r\n', (all) => {
        if (/^EHLO [^\r]*\r\n$/.test(all)) return '250-hello\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n';
        return `535 ${all.replace(/\r?\n/g, ' ')} ${Buffer.from(CANARY).toString('utf8')}\r\n`;
      });
      return { host: '127.0.0.1', port, scheme: 'http' };
    },
  ],
  [
    'TLS whose certificate is not trusted',
    async () => {
      const { port } = await startReceiver(CERTIFICATE === undefined ? {} : { tls: CERTIFICATE });
      return { host: '127.0.0.1', port, scheme: 'https' };
    },
  ],
  [
    'TLS that is none',
    async () => {
      const { port } = await startReceiver();
      return { host: '127.0.0.1', port, scheme: 'https' };
    },
  ],
];

/** The results of a message and of a heartbeat. */
async function outcomesOf(channel: Channel, heartbeat?: (signal: AbortSignal) => Promise<void>) {
  const stop = new AbortController();
  // The test gives up a receiver that never answers, without waiting for the whole minute that it may take.
  const timer = setTimeout(() => stop.abort(), 5000);
  const { signal } = stop;
  const outcomes = await Promise.allSettled([
    sendTestMessage(channel, { id: 'test-1', now: Date.now(), signal }),
    heartbeat?.(signal),
  ]);
  clearTimeout(timer);
  return outcomes;
}

describe('no error of a channel has a secret in it', () => {
  test.each(FAILURES)('%s', async (_, fail) => {
    const failure = await fail();
    const answers: string[] = [];
    const said = (_name: string, words: string) => answers.push(words);
    const options = { publicUrl: 'https://status.example', clock: Date.now, onAnswer: said, onWarning: said };
    const { channels, heartbeats } = createChannels(settingsFor(failure), options);
    const outcomes = await Promise.all(
      channels.map((channel) => outcomesOf(channel, heartbeats.get(channel.name))),
    );
    const logged: string[] = [];
    const log = pino({ base: null }, { write: (line) => logged.push(line) });
    for (const outcome of outcomes.flat()) {
      expect(outcome.status).toBe('rejected');
      const reason: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
      log.error({ err: reason }, 'not delivered');
      logged.push(inspect(reason, { depth: 9, showHidden: true }), String(reason));
    }
    expect(logged.length).toBe(channels.length * 6);
    const all = [...logged, ...answers].join('\n');
    for (const form of FORMS) expect(all).not.toContain(form);
  });
});
