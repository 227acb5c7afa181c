import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasNoAlertmanager, startAlertmanager } from '../notify/alertmanager-process.ts';
import { startMailServer } from '../notify/mail-server.ts';
import { type Received, startReceiver } from '../notify/receiver.ts';
import { SECRETS } from '../notify/secrets.ts';
import { runCommand } from './command.ts';
import { postReport, scratch } from './scratch.ts';
import { ServerProcess } from './server-process.ts';

/** A drift is told 15 s after its report; a busy machine takes longer. */
const LONG = { timeout: 120_000, interval: 200 };

function notifyScratch() {
  const { at, serve } = scratch();
  const file = at('notify.yaml');
  const env = { GITOPS_STATUS_NOTIFY_FILE: file, GITOPS_STATUS_PUBLIC_URL: 'https://status.example' };
  return {
    database: at('status.db'),
    env,
    serve: () => serve(at('status.db'), { env }),
    write: (name: string, text: string) => writeFileSync(at(name), text),
    writeFile: (text: string) => writeFileSync(file, text),
  };
}

const serversIn = (received: readonly Received[]) =>
  received.flatMap(({ body }) => JSON.parse(body).data.targets.map((one: { server: string }) => one.server));

test('the file is read at start and again on SIGHUP; a bad one changes nothing', async () => {
  const { serve, write, writeFile } = notifyScratch();
  const [first, second] = [await startReceiver(), await startReceiver()];
  write('key', SECRETS[0]?.text ?? '');
  write('first-url', first.url);
  write('second-url', second.url);
  const route = 'routes: [{ for: 0, channels: hook }]\n';
  const channelTo = (url: string) =>
    `channels: { hook: { type: webhook, url_file: ${url}, secret_file: key } }\n${route}`;
  writeFile(channelTo('first-url'));
  const server = await serve();
  // Nothing that a report names is fetched.
  const run = await startReceiver();
  await postReport(server.url, 'log-1', { sync_status: 'OUT_OF_SYNC', run_url: `${run.url}/run/1` });
  await expect.poll(() => serversIn(first.received), LONG).toEqual(['log-1']);

  writeFile(channelTo('no-such-file'));
  process.kill(server.pid, 'SIGHUP');
  await expect.poll(() => server.log, LONG).toContain('routes and channels not reloaded');
  expect(server.log).toMatch(
    /line 1: channel hook: url_file: the file that it names cannot be read \(ENOENT\)/,
  );
  await postReport(server.url, 'log-2', { sync_status: 'OUT_OF_SYNC', repo: 'other' });
  await expect.poll(() => serversIn(first.received), LONG).toContain('log-2');

  writeFile(channelTo('second-url'));
  process.kill(server.pid, 'SIGHUP');
  await expect.poll(() => server.log, LONG).toContain('routes and channels reloaded');
  await postReport(server.url, 'log-3', { sync_status: 'OUT_OF_SYNC', repo: 'third' });
  await expect.poll(() => serversIn(second.received), LONG).toEqual(['log-3']);
  expect(serversIn(first.received)).not.toContain('log-3');
  expect(run.received).toEqual([]);
}, 400_000);

test('with a bad file, or without the address for links in messages, it does not start', () => {
  const { database, env, writeFile } = notifyScratch();
  writeFile('channels: {}\nroutes:\n  - chanels: ops\n');
  const bad = ServerProcess.refusal(database, { env });
  expect(bad.exitCode).toBe(2);
  expect(bad.said).toMatch(/GITOPS_STATUS_NOTIFY_FILE=.*: line 3: route 1: chanels: is not a known key/);
  const { GITOPS_STATUS_NOTIFY_FILE } = env;
  const homeless = ServerProcess.refusal(database, { env: { GITOPS_STATUS_NOTIFY_FILE } });
  expect(homeless.exitCode).toBe(2);
  expect(homeless.said).toMatch(/GITOPS_STATUS_NOTIFY_FILE needs GITOPS_STATUS_PUBLIC_URL/);
});

test('notify test sends a message through the channel, and says what the receiver answered', async () => {
  const { database, env, write, writeFile } = notifyScratch();
  const hook = await startReceiver({ answer: () => ({ status: 202 }) });
  const broken = await startReceiver({ answer: () => ({ status: 503 }) });
  const mail = await startMailServer();
  write('key', SECRETS[0]?.text ?? '');
  write('hook-url', hook.url);
  write('broken-url', broken.url);
  writeFile(`channels:
  hook: { type: webhook, url_file: hook-url, secret_file: key }
  chat: { type: slack, url_file: broken-url }
  mail: { type: email, host: localhost, port: ${mail.port}, tls: none, from: a@b.example, to: c@d.example }
routes: [{ channels: [hook, chat, mail] }]
`);
  const notifyTest = (channel: string) => runCommand(database, ['notify', 'test', channel], { env });
  expect(await notifyTest('hook')).toEqual({
    exitCode: 0,
    stdout: 'hook: the receiver answered 202 Accepted\n',
    stderr: '',
  });
  expect(JSON.parse(hook.received[0]?.body ?? '').data.targets).toMatchObject([
    { server: 'nothing-is-wrong', next: 'nobody: this message is a test of the channel' },
  ]);
  expect(await notifyTest('mail')).toMatchObject({
    exitCode: 0,
    stdout: 'mail: the mail server answered 250\n',
  });
  expect(mail.mails).toMatchObject([{ to: ['c@d.example'] }]);
  expect(await notifyTest('chat')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'chat: not delivered: the receiver answered 503 Service Unavailable\n',
  });
  expect(await notifyTest('pager')).toMatchObject({
    exitCode: 2,
    stderr: 'There is no channel pager. The channels are hook, chat, mail.\n',
  });
  const none = await runCommand(database, ['notify', 'test', 'hook']);
  expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('GITOPS_STATUS_NOTIFY_FILE') });
}, 200_000);

test.skipIf(hasNoAlertmanager())(
  'notify test fires an alert that ends by itself',
  async () => {
    const { database, env, writeFile } = notifyScratch();
    const { url, alerts } = await startAlertmanager();
    writeFile(`channels: { am: { type: alertmanager, url: "${url}" } }\nroutes: [{ channels: am }]\n`);
    const outcome = await runCommand(database, ['notify', 'test', 'am'], { env });
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'am: the receiver answered 200 OK\n' });
    expect(await alerts()).toMatchObject([{ labels: { server: 'nothing-is-wrong', test: 'true' } }]);
  },
  100_000,
);
