import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BodyBudget, createBodyBudget } from '../../src/http/bodies/body-budget.ts';
import { createWorkLimiter } from '../../src/http/bodies/work-limiter.ts';
import { aBody, startService } from './service.ts';

const MIB = 1024 * 1024;

let budget: BodyBudget;
/** How far the clock of the budget is ahead, in milliseconds. */
let later: number;
let port: number;
let close: () => void;
const sockets: Socket[] = [];

beforeEach(async () => {
  later = 0;
  budget = createBodyBudget({ maxBytes: 2 * MIB, now: () => performance.now() + later });
  const bodies = { budget, workLimiter: createWorkLimiter(9 * MIB), turn: async () => undefined };
  const server = createAdaptorServer({ fetch: startService().appWith({ bodies }).fetch });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  close = () => server.close();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  close();
});

/** Sends only this much of a larger body; returns what it receives. */
function lacking(bytes: number, headers = ''): { heard(): string } {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  let heard = '';
  socket.setEncoding('latin1').on('data', (text) => {
    heard += text;
  });
  socket.write(
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}Content-Length: ${bytes + 1}\r\n\r\n`,
  );
  socket.write('['.padEnd(bytes));
  return { heard: () => heard };
}

const post = (body: unknown) =>
  fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

test('the slowest of the bodies that lack a byte are answered 408, and honest ones have room', async () => {
  const slow = Array.from({ length: 6 }, () => lacking(MIB));
  await expect
    .poll(() => slow.filter(({ heard }) => heard().includes(' 408 ')).length)
    .toBeGreaterThanOrEqual(4);
  expect(budget.bytes).toBeLessThanOrEqual(2 * MIB);
  const refused = slow.map(({ heard }) => heard()).find((heard) => heard.includes(' 408 '));
  expect(refused).toMatch(/Retry-After: 1|retry-after: 1/);
  expect(refused).toContain('Send it again');
  // However slow the machine is, the honest ones are faster than those that have waited for so long.
  later += 60_000;
  expect((await post(aBody({ server: 'small' }))).status).toBe(201);
  expect((await post([aBody({ server: 'large', note: 'x'.repeat(MIB) })])).status).toBe(201);
});

test('small bodies that lack a byte take no room from anybody', async () => {
  const small = Array.from({ length: 60 }, () => lacking(60 * 1024));
  expect((await post([aBody({ note: 'x'.repeat(MIB) })])).status).toBe(201);
  expect(small.filter(({ heard }) => heard() !== '')).toEqual([]);
  expect(budget.bytes).toBe(0);
});

test('what was answered, refused or has disconnected holds nothing', async () => {
  await post([aBody({ note: 'x'.repeat(MIB) })]);
  await post('x'.repeat(MIB));
  lacking(MIB);
  await expect.poll(() => budget.bytes).toBeGreaterThan(0);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => budget.bytes).toBe(0);
});
