import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from './command.ts';
import { until } from './faults/until.ts';
import { NotifyReceiver, notifyEnv } from './notify-receiver.ts';
import { postReport, scratch } from './scratch.ts';

const WITHIN = { withinMs: 180_000 };
const DRIFT = { sync_status: 'OUT_OF_SYNC', files: [{ name: 'a.conf' }] };

let receiver: NotifyReceiver;
beforeEach(async () => {
  receiver = await NotifyReceiver.start();
});
afterEach(() => receiver.close());

test('a drift is told, resolved, counted in /metrics and explained', async () => {
  const { at, serve } = scratch();
  const path = at('status.db');
  const env = notifyEnv(path, { hook: receiver.url });
  const server = await serve(path, { env });
  for (const name of ['a', 'b']) await postReport(server.url, name, DRIFT);
  await until('nobody was told', () => receiver.received.length > 0, WITHIN);
  expect(receiver.received).toMatchObject([{ phase: 'opened', servers: ['a', 'b'], repo: 'rsyslog' }]);
  const explained = await runCommand(path, ['notify', 'explain', '--repo', 'rsyslog', '--server', 'a'], {
    env,
  });
  expect(explained.stdout).toMatch(
    /It has been out of sync since .*\n {2}route 1 to hook: applies\n {2}channel hook: told at /,
  );
  for (const name of ['a', 'b']) await postReport(server.url, name);
  await until('no resolve came', () => receiver.received.length > 1, WITHIN);
  expect(receiver.received[1]).toMatchObject({ phase: 'resolved', servers: ['a', 'b'] });
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('gitops_notifications_sent_total{channel="hook"} 2');
  expect(metrics).toContain('gitops_notifications_failed_total{channel="hook"} 0');
  expect(metrics).toContain('gitops_notifications_oldest_unsent_seconds{channel="hook"} 0');
  expect(metrics).toContain('gitops_notifications_unrouted 0');
  await until('nobody asked for a heartbeat', () => receiver.beats > 0, WITHIN);
  expect(await server.stop()).toBe(0);
});

test('a dead channel is shown on the pages and in /metrics, and does not delay another', async () => {
  const { at, serve } = scratch();
  const path = at('status.db');
  const dead = await NotifyReceiver.start();
  const env = notifyEnv(path, { dead: dead.url, hook: receiver.url });
  dead.close();
  const server = await serve(path, { env });
  await postReport(server.url, 'a', DRIFT);
  await until('the other channel was held', () => receiver.received.length > 0, WITHIN);
  const page = async () => (await fetch(`${server.url}/`, { headers: { Accept: 'text/html' } })).text();
  await until(
    'no page says so',
    async () => (await page()).includes('The channel dead has delivered no messages'),
    WITHIN,
  );
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(/gitops_notifications_failed_total\{channel="dead"\} [1-9]/);
  expect(metrics).toMatch(/gitops_notifications_oldest_unsent_seconds\{channel="dead"\} (0\.)?[1-9]/);
  expect(await page()).not.toContain('The channel hook');
  expect(dead.beats).toBe(0);
});

test('a problem without a route is counted, shown, and told once a route matches', async () => {
  const { at, serve } = scratch();
  const path = at('status.db');
  const env = notifyEnv(
    path,
    { hook: receiver.url },
    { route: '{ server: other, for: 0, channels: [ALL] }' },
  );
  const before = await serve(path, { env });
  await postReport(before.url, 'a', DRIFT);
  await before.stop();
  const server = await serve(path, { env });
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  await until(
    'it is not counted',
    async () => (await metrics()).includes('gitops_notifications_unrouted 1'),
    WITHIN,
  );
  const page = await (await fetch(`${server.url}/`, { headers: { Accept: 'text/html' } })).text();
  expect(page).toContain('1 problem matches no route');
  notifyEnv(path, { hook: receiver.url });
  process.kill(server.pid, 'SIGHUP');
  await until('nobody was told', () => receiver.received.length > 0, WITHIN);
  expect(receiver.received[0]).toMatchObject({ servers: ['a'] });
  writeFileSync(at('notify.yaml'), 'channels: {}');
  process.kill(server.pid, 'SIGHUP');
  await until('the mistake is not logged', () => server.log.includes('notify.yaml'), WITHIN);
  await postReport(server.url, 'b', { ...DRIFT, repo: 'still-told' });
  await until('the old file is not in force', () => receiver.received.length > 1, WITHIN);
});
