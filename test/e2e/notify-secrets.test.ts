import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CERTIFICATE } from '../notify/certificate.ts';
import { startMailServer } from '../notify/mail-server.ts';
import { startReceiver } from '../notify/receiver.ts';
import { postReport, scratch } from './scratch.ts';

const LONG = { timeout: 200_000, interval: 300 };
const CANARY = 'canary0f1e2d3c';
const KEY = Buffer.from(`${CANARY}${'.'.repeat(20)}`).toString('base64');
const FORMS = [
  CANARY,
  KEY.slice(0, 16),
  Buffer.from(`drift:${CANARY}`).toString('base64'),
  Buffer.from(`\u0000drift\u0000${CANARY}`).toString('base64'),
];

const CHANNELS = `channels:
  refused: { type: webhook, url_file: refused-url, secret_file: key, heartbeat_url_file: echo-url }
  echo: { type: webhook, url_file: echo-url, secret_file: key }
  moved: { type: slack, url_file: moved-url }
  unknown-name: { type: slack, url_file: unknown-url }
  untrusted: { type: slack, url_file: untrusted-url }
  link-local: { type: slack, url_file: link-local-url }
  am: { type: alertmanager, url: "ECHO", username: drift, password_file: password }
  mail: { type: email, host: localhost, port: MAIL, username: drift, password_file: password, from: a@b.example, to: c@d.example, ca_file: ca.pem }
  works: { type: slack, url_file: works-url, heartbeat_url_file: echo-url }
routes: [{ for: 0, channels: [refused, echo, moved, unknown-name, untrusted, link-local, am, mail, works] }]
`;
const FAILING = ['refused', 'echo', 'moved', 'unknown-name', 'untrusted', 'link-local', 'am', 'mail'];

test.skipIf(CERTIFICATE === undefined)(
  'no secret is in a log, a page, an answer or a metric, with every channel failing',
  async () => {
    const { at, serve } = scratch();
    const { cert = '' } = CERTIFICATE ?? {};
    const echo = await startReceiver({
      answer: ({ body, headers, path }) => ({ status: 500, body: JSON.stringify({ body, headers, path }) }),
    });
    const moved = await startReceiver({
      answer: ({ path }) => ({ status: 302, headers: { Location: path ?? '' } }),
    });
    const untrusted = await startReceiver(CERTIFICATE === undefined ? {} : { tls: CERTIFICATE });
    const works = await startReceiver();
    const mail = await startMailServer({
      onAuth: ({ username, password }, _, done) =>
        done(new Error(`no login for ${username} with ${password}`)),
    });
    const files = {
      'refused-url': `http://drift:${CANARY}@127.0.0.1:1/${CANARY}`,
      'echo-url': `${echo.url}/${CANARY}?token=${CANARY}`,
      'moved-url': `${moved.url}/${CANARY}`,
      'unknown-url': `https://${CANARY}.invalid/${CANARY}`,
      'untrusted-url': `${untrusted.url}/${CANARY}`,
      'link-local-url': `http://169.254.169.254/${CANARY}`,
      'works-url': `${works.url}/${CANARY}`,
      key: `whsec_${KEY}`,
      password: CANARY,
      'ca.pem': cert,
      'notify.yaml': CHANNELS.replace('ECHO', echo.url).replace('MAIL', String(mail.port)),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
    const server = await serve(at('status.db'), {
      env: {
        GITOPS_STATUS_NOTIFY_FILE: at('notify.yaml'),
        GITOPS_STATUS_PUBLIC_URL: 'https://status.example',
        GITOPS_STATUS_LOG_LEVEL: 'debug',
      },
    });
    await postReport(server.url, 'log-1', { sync_status: 'OUT_OF_SYNC' });
    const textOf = async (path: string) => (await fetch(server.url + path)).text();
    for (const channel of FAILING) {
      const failed = new RegExp(`gitops_notifications_failed_total\\{channel="${channel}"\\} [1-9]`);
      await expect.poll(() => textOf('/metrics'), LONG).toMatch(failed);
    }
    await expect.poll(() => server.log, LONG).toContain('the heartbeat URL did not answer');
    const paths = [
      '/metrics',
      '/',
      '/target?repo=rsyslog&server=log-1',
      '/readyz',
      '/healthz',
      '/openapi.json',
    ];
    const seen = [
      server.log,
      ...(await Promise.all([...paths, '/api/v1/status', '/api/v1/events?format=json'].map(textOf))),
    ];
    await server.stop();
    const all = [...seen, server.log].join('\n');
    for (const form of FORMS) expect(all).not.toContain(form);
  },
  600_000,
);
