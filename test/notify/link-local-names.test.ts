import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { createHttpClient } from '../../src/notify/http-client.ts';
import { guarded } from '../../src/notify/link-local.ts';
import { startReceiver } from './receiver.ts';

// A test cannot choose the answers of a resolver, but it can check which one is connected to.
const zone = new Map<string, LookupAddress[]>();
const lookup = guarded((name, _options, done) => done(null, zone.get(name) ?? []));

const client = createHttpClient({ clock: Date.now, lookup });
const never = new AbortController().signal;

test.each([
  ['169.254.169.254', 4],
  ['fe80::1', 6],
  ['::ffff:169.254.169.254', 6],
  ['fe80::1%eth0', 6],
])('a name that leads to %s is not connected to', async (address, family) => {
  zone.set('metadata.example', [{ address, family }]);
  for (const url of ['http://metadata.example/', 'https://metadata.example/']) {
    await expect(client.ask(url, never)).rejects.toThrow(/link-local or belongs to a metadata service/);
  }
});

test('of the addresses of a name only the others are connected to', async () => {
  const { port, received } = await startReceiver();
  zone.set('both.example', [
    { address: '169.254.169.254', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ]);
  await client.ask(`http://both.example:${port}/beat`, never);
  expect(received).toMatchObject([{ path: '/beat' }]);
});
