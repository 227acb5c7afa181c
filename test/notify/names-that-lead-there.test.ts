import { expect, test, vi } from 'vitest';
import { createHttpClient } from '../../src/notify/http-client.ts';
import { startReceiver } from './receiver.ts';

type Found = readonly { address: string; family: number }[];

const zone = vi.hoisted(() => new Map<string, Found>());

// What a resolver says is not for a test to choose; which of it is connected to is.
vi.mock('node:dns', () => ({
  lookup: (name: string, _options: object, done: (error: null, found: Found) => void) =>
    done(null, zone.get(name) ?? []),
}));

const client = createHttpClient({ clock: Date.now });
const never = new AbortController().signal;

test.each([
  ['169.254.169.254', 4],
  ['fe80::1', 6],
  ['::ffff:169.254.169.254', 6],
  ['fe80::1%eth0', 6],
])('a name that leads to %s is not connected to', async (address, family) => {
  zone.set('metadata.example', [{ address, family }]);
  for (const url of ['http://metadata.example/', 'https://metadata.example/']) {
    await expect(client.ask(url, never)).rejects.toThrow(/link-local or of a metadata service/);
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
