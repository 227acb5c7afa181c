import { writeFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { hasNoAlertmanager, startAlertmanager } from '../notify/alertmanager-process.ts';
import { startMailServer } from '../notify/mail-server.ts';
import { startReceiver } from '../notify/receiver.ts';
import { SECRETS } from '../notify/secrets.ts';
import { postReport, scratch } from './scratch.ts';

const LONG = { timeout: 200_000, interval: 300 };
const SECRET = SECRETS[0]?.text ?? '';

test.skipIf(hasNoAlertmanager())(
  'a drift and its end reach a real Alertmanager, a mail server, a webhook that verifies, and a chat',
  async () => {
    const { at, serve } = scratch();
    const [hook, chat] = [await startReceiver(), await startReceiver()];
    const [mail, alertmanager] = [await startMailServer(), await startAlertmanager()];
    const files = {
      key: SECRET,
      'hook-url': hook.url,
      'chat-url': chat.url,
      'beat-url': `${chat.url}/beat`,
      'notify.yaml': `channels:
  hook: { type: webhook, url_file: hook-url, secret_file: key, heartbeat_url_file: beat-url }
  chat: { type: slack, url_file: chat-url }
  mail: { type: email, host: localhost, port: ${mail.port}, tls: none, from: a@b.example, to: c@d.example }
  am: { type: alertmanager, url: "${alertmanager.url}" }
routes: [{ for: 0, channels: [hook, chat, mail, am] }]
`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
    const server = await serve(at('status.db'), {
      env: {
        GITOPS_STATUS_NOTIFY_FILE: at('notify.yaml'),
        GITOPS_STATUS_PUBLIC_URL: 'https://status.example',
      },
    });
    const drift = {
      sync_status: 'OUT_OF_SYNC',
      files: [{ name: 'rsyslog.conf' }],
      labels: { env: 'prod', repo: 'not-ours' },
      commit: 'abc1234',
    };
    await postReport(server.url, 'log-1', drift);
    const posts = () => chat.received.filter(({ path }) => path === '/');
    await expect.poll(async () => (await alertmanager.alerts()).length, LONG).toBe(1);
    await expect
      .poll(() => [hook.received.length, posts().length, mail.mails.length], LONG)
      .toEqual([1, 1, 1]);
    expect((await alertmanager.alerts())[0]?.labels).toMatchObject({
      alertname: 'GitopsDrift',
      repo: 'rsyslog',
      server: 'log-1',
      env: 'prod',
      label_repo: 'not-ours',
      incident: expect.stringMatching(/^\d+$/),
    });

    await postReport(server.url, 'log-1', { commit: 'abc1234' });
    await expect.poll(async () => (await alertmanager.alerts()).length, LONG).toBe(0);
    await expect
      .poll(() => [hook.received.length, posts().length, mail.mails.length], LONG)
      .toEqual([2, 2, 2]);
    const events = hook.received.map(({ body, headers }) =>
      new Webhook(SECRET).verify(body, headers as Record<string, string>),
    );
    expect(events).toMatchObject([
      { type: 'gitops-status.drift.opened', data: { text: 'rsyslog on log-1 is out of sync' } },
      {
        type: 'gitops-status.drift.resolved',
        data: {
          text: 'Resolved: rsyslog on log-1 is in sync again',
          targets: [{ resolution: { by: 'hand' } }],
        },
      },
    ]);
    const [opened = '', resolved = ''] = mail.mails.map(({ raw }) => raw);
    const [, first = 'no Message-ID'] = /^Message-ID: (<\S+>)/m.exec(opened) ?? [];
    expect(resolved).toContain(`References: ${first}`);
    expect(resolved).toContain('Subject: Re: rsyslog: out of sync');
    expect(posts().map(({ body }) => JSON.parse(body).text)).toEqual([
      expect.stringContaining('Differs: 1 file: `rsyslog.conf`'),
      expect.stringContaining('Resolved by hand: the commit is the one it opened with'),
    ]);
    // An outside watchdog is asked.
    await expect
      .poll(() => chat.received.filter(({ path }) => path === '/beat').length, LONG)
      .toBeGreaterThan(0);
  },
  600_000,
);
