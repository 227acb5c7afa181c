import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DeliveryError } from '../../src/notify/channel.ts';
import { createHttpClient } from '../../src/notify/http-client.ts';
import { guardedLookup } from '../../src/notify/link-local.ts';
import { CERTIFICATE } from './certificate.ts';
import { startReceiver } from './receiver.ts';

const NOW = Date.parse('2026-04-21T10:00:00Z');
const answers: string[] = [];
const client = createHttpClient({ clock: () => NOW, onAnswer: (words) => answers.push(words) });
const never = new AbortController().signal;
const post = (url: string, signal = never) => client.post(url, { headers: {}, body: '{"a":1}' }, signal);

const failureOf = async (promise: Promise<unknown>): Promise<DeliveryError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DeliveryError)) throw new Error(`no DeliveryError: ${String(error)}`);
  expect(error.cause).toBeUndefined();
  return error;
};

test('a body is sent with its headers, and a 2xx is success', async () => {
  const { url, received } = await startReceiver({ answer: () => ({ status: 204 }) });
  await client.post(`${url}/in?x=1`, { headers: { 'X-A': 'b' }, body: 'ü' }, never);
  await client.ask(`${url}/beat`, never);
  expect(answers).toEqual(Array(2).fill('the receiver answered 204 No Content'));
  expect(received).toMatchObject([
    { method: 'POST', path: '/in?x=1', body: 'ü', headers: { 'x-a': 'b', 'content-length': '2' } },
    { method: 'GET', path: '/beat', body: '' },
  ]);
});

test.each([
  [300, /300 .*redirects are not followed/],
  [301, /301 .*redirects are not followed/],
  [307, /307 .*redirects are not followed/],
  [308, /308 .*redirects are not followed/],
  [400, /400 Bad Request$/],
  [403, /403 Forbidden: is the secret right/],
  [410, /410 Gone: .*no longer exists/],
  [500, /500 Internal Server Error$/],
])('%i is a failure, and nothing else is fetched', async (status, words) => {
  const elsewhere = await startReceiver();
  const { url, received } = await startReceiver({
    answer: ({ body }) => ({ status, headers: { Location: `${elsewhere.url}/x` }, body }),
  });
  expect((await failureOf(post(url))).message).toMatch(words);
  expect(received).toHaveLength(1);
  expect(elsewhere.received).toEqual([]);
});

test.each([
  ['120', 120_000],
  ['0', 0],
  ['Tue, 21 Apr 2026 10:02:00 GMT', 120_000],
  ['Tue, 21 Apr 2026 09:00:00 GMT', 0],
  ['99999999', 86_400_000],
  ['soon', undefined],
])('Retry-After: %s', async (value, expected) => {
  const { url } = await startReceiver({ answer: () => ({ status: 429, headers: { 'Retry-After': value } }) });
  expect((await failureOf(post(url))).retryAfterMs).toBe(expected);
});

test('a receiver that does not answer in time is a failure', async () => {
  const server = createTcpServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const hasty = createHttpClient({ clock: () => NOW, timeoutMs: 50 });
  const failure = await failureOf(hasty.post(`http://127.0.0.1:${port}`, { headers: {}, body: '' }, never));
  expect(failure.message).toBe('there was no answer within 0.05 s');
});

test('nothing is sent after the signal, and a running send stops', async () => {
  const { url, received } = await startReceiver();
  expect((await failureOf(post(url, AbortSignal.abort()))).message).toMatch(/stopped/);
  expect(received).toEqual([]);
  const stop = new AbortController();
  const server = createTcpServer(() => stop.abort()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect((await failureOf(post(`http://127.0.0.1:${port}`, stop.signal))).message).toMatch(/stopped/);
});

test('an endless answer is not read to its end', async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200);
    const pour = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384)));
    };
    response.on('drain', pour);
    pour();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const cut = new Promise((resolve) => {
    server.on('connection', (socket) => socket.on('close', resolve));
  });
  const { port } = server.address() as AddressInfo;
  await post(`http://127.0.0.1:${port}`);
  await cut;
});

test.each([
  ['a protocol that is not HTTP', 'garbage\r\n\r\n', /the connection failed \(HPE_/],
  ['a connection that is closed', '', /closed the connection before it answered/],
  [
    'another protocol on the connection',
    'HTTP/1.1 101 x\r\nUpgrade: y\r\nConnection: upgrade\r\n\r\n',
    /closed/,
  ],
])('%s is a failure', async (_, answered, words) => {
  const server = createTcpServer((socket) => socket.once('data', () => socket.end(answered)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect((await failureOf(post(`http://127.0.0.1:${port}/`))).message).toMatch(words);
});

describe('link-local addresses and those of metadata services', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.0.1/',
    'http://169.254.169.254./',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://１６９.２５４.１６９.２５４/',
    'http://[fe80::1]/',
    'http://[febf:ffff::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::169.254.169.254]/',
    'http://[::ffff:0:169.254.169.254]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'https://169.254.169.254/',
  ])('are refused: %s', async (url) => {
    expect((await failureOf(post(url))).message).toMatch(/link-local or belongs to a metadata service/);
    expect((await failureOf(client.ask(url, never))).message).toMatch(
      /link-local or belongs to a metadata service/,
    );
  });

  test('are refused if a name leads there: the checked address is the connected one', async () => {
    const look = (name: string, all: boolean) =>
      new Promise((resolve) => guardedLookup(name, { all }, (error, found) => resolve(error ?? found)));
    // The system's resolver reads a number as an address, so this name leads there on any machine.
    for (const all of [true, false]) {
      expect(await look('2852039166', all)).toMatchObject({ code: 'ELINKLOCAL' });
      expect(await look('0xa9fea9fe', all)).toMatchObject({ code: 'ELINKLOCAL' });
      expect(await look('fe80::1%1', all)).toMatchObject({ code: 'ELINKLOCAL' });
    }
    expect(await look('2130706433', false)).toBe('127.0.0.1');
    expect(await look('2130706433', true)).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });

  test.each(['127.0.0.1', 'localhost', '2130706433', '127.1', '[::ffff:127.0.0.1]'])(
    'private ones are allowed: %s',
    async (host) => {
      const { port, received } = await startReceiver();
      await post(`http://${host}:${port}/`);
      expect(received).toHaveLength(1);
    },
  );
});

describe.skipIf(CERTIFICATE === undefined)('a certificate that only ca_file makes known', () => {
  test.each([
    [CERTIFICATE?.cert, /^the receiver answered 200/],
    [undefined, /no secure connection .*is its certificate trusted/],
  ])('is trusted only with it', async (ca, words) => {
    const { url } = await startReceiver(CERTIFICATE === undefined ? {} : { tls: CERTIFICATE });
    const said: string[] = [];
    const secure = createHttpClient({ clock: () => NOW, ca, onAnswer: (answer) => said.push(answer) });
    await secure.ask(url, never).catch((error: Error) => said.push(error.message));
    expect(said).toEqual([expect.stringMatching(words)]);
  });
});
