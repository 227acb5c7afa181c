import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/config.ts';
import { CHANNEL_TYPES } from '../../src/config/notify-channels.ts';
import { readNotifyFile } from '../../src/config/notify-file.ts';
import { ROUTE_KEYS } from '../../src/config/notify-routes.ts';

const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
/** Any certificate is good enough. */
const [PEM = ''] = rootCertificates;
const FILES: Readonly<Record<string, string>> = {
  '/etc/status/hook-url': 'https://hooks.example/drift?token=s3cret\n',
  '/etc/status/hook-key': `${KEY}\n`,
  '/etc/status/old-key': KEY,
  '/run/secrets/password': 'pa ss:word\n',
  '/run/secrets/token': 'abc.def\n',
  '/etc/status/chat-url': 'https://hooks.slack.example/services/T/B/x',
  '/etc/status/beat': 'https://beat.example/uuid',
  '/etc/status/ca.pem': `${PEM}\n`,
  '/etc/status/no-ca.pem': '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n',
  '/etc/status/empty': '\n',
  '/etc/status/two-lines': 'a\nb',
  '/etc/status/short-key': 'whsec_YWJj',
};

function read(text: string) {
  return readNotifyFile('/etc/status/notify.yaml', (path) => {
    if (path === '/etc/status/notify.yaml') return text;
    const content = FILES[path];
    if (content !== undefined) return content;
    throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' });
  });
}

/** The message about an unusable file, without the name of the setting. */
function mistakesIn(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [, ...lines] = error.message.split('\n');
    return lines.map((line) => line.replace('  - GITOPS_STATUS_NOTIFY_FILE=/etc/status/notify.yaml: ', ''));
  }
  throw new Error('it is usable');
}

const CHAT = 'channels:\n  chat: { type: slack, url_file: chat-url }\n';

test('a file says who is told what, and its secrets are in files beside it', () => {
  const text = `
channels:
  hook:
    type: webhook
    url_file: hook-url
    secret_file: [hook-key, old-key]
    heartbeat_url_file: beat
  am: { type: alertmanager, url: "http://am:9093/prefix/", username: drift, password_file: /run/secrets/password }
  am-2: { type: alertmanager, url: "http://am-2:9093", token_file: /run/secrets/token, ca_file: ca.pem }
  mail:
    type: email
    host: smtp.example.org
    username: drift
    password_file: /run/secrets/password
    from: drift@example.org
    to: [ops@example.org, dev@example.org]
  local: { type: email, host: localhost, tls: none, from: drift@example.org, to: ops@example.org }
  chat: { type: slack, url_file: chat-url }
routes:
  - channels: [hook, am, am-2, mail, local]
  - repo: ["team-a/*", "!team-a/lab"]
    server: web-*
    labels: { env: prod, owner: "" }
    file: /etc/ssh/*
    cause: [host_changed, ""]
    state: OUT_OF_SYNC
    kinds: [drift, unknown]
    for: { drift: 5m, unknown: 0 }
    repeat: 12h
    channels: chat
  - { for: 0, channels: [chat, chat] }
`;
  const key = Buffer.alloc(32, 7);
  const none = { heartbeatUrl: undefined, ca: undefined };
  const mail = { type: 'email', from: 'drift@example.org', ...none };
  expect(read(text)).toEqual({
    channels: [
      {
        name: 'hook',
        type: 'webhook',
        url: 'https://hooks.example/drift?token=s3cret',
        keys: [key, key],
        heartbeatUrl: 'https://beat.example/uuid',
        ca: undefined,
      },
      {
        name: 'am',
        type: 'alertmanager',
        url: 'http://am:9093/prefix',
        authorization: `Basic ${Buffer.from('drift:pa ss:word').toString('base64')}`,
        ...none,
      },
      {
        name: 'am-2',
        type: 'alertmanager',
        url: 'http://am-2:9093',
        authorization: 'Bearer abc.def',
        heartbeatUrl: undefined,
        ca: PEM,
      },
      {
        name: 'mail',
        host: 'smtp.example.org',
        port: 587,
        tls: 'starttls',
        login: { user: 'drift', pass: 'pa ss:word' },
        to: ['ops@example.org', 'dev@example.org'],
        ...mail,
      },
      {
        name: 'local',
        host: 'localhost',
        port: 25,
        tls: 'none',
        login: undefined,
        to: ['ops@example.org'],
        ...mail,
      },
      { name: 'chat', type: 'slack', url: 'https://hooks.slack.example/services/T/B/x', ...none },
    ],
    routing: {
      channels: ['hook', 'am', 'am-2', 'mail', 'local', 'chat'],
      routes: [
        { matchers: {}, channels: ['hook', 'am', 'am-2', 'mail', 'local'] },
        {
          matchers: {
            repo: ['team-a/*', '!team-a/lab'],
            server: ['web-*'],
            labels: { env: ['prod'], owner: [''] },
            file: ['/etc/ssh/*'],
            cause: ['host_changed', ''],
            state: ['OUT_OF_SYNC'],
          },
          conditions: ['drift', 'unknown'],
          forMs: { drift: 300_000, unknown: 0 },
          repeatMs: 43_200_000,
          channels: ['chat'],
        },
        { matchers: {}, forMs: { drift: 0, unknown: 0, stale: 0, never_reported: 0 }, channels: ['chat'] },
      ],
    },
  });
});

test('every mistake is told at once, each with its line, in order', () => {
  const text = `channels:
  hook:
    type: webhook
    url: https://hooks.example/s3cret
    secret_file: short-key
    timeout: 5s
  am:
    type: alertmanager
    url: http://drift:s3cret@am:9093
    username: drift
  mail:
    type: email
    host: smtp.example.org
    tls: always
    port: 70000
    password: s3cret
    from: Drift
    to: []
  pager: { type: pagerduty }
routes:
  - repos: [web]
    repo: []
    server: 12
    labels: { Env: prod }
    cause: host_changd
    state: [SYNCED]
    kinds: [drifted]
    for: { drift: 10, staled: 1m }
    repeat: 10 min
    channels: [hook, chat]
  - channels: []
`;
  expect(mistakesIn(text)).toEqual([
    'line 2: channel hook: url_file: must be the path of a file',
    'line 4: channel hook: url: is a secret: write it into a file of its own, and name that file with ' +
      'url_file',
    expect.stringMatching(
      /^line 5: channel hook: secret_file: .* must have whsec_ and 24 to 64 bytes in base64/,
    ),
    'line 6: channel hook: timeout: is not a known key; the keys are type, url_file, secret_file, heartbeat_url_file, ca_file',
    'line 7: channel am: no route leads to this channel: add a route, or remove the channel',
    'line 9: channel am: url: must be an address such as http://alertmanager:9093, without user, password, ? and #',
    'line 10: channel am: username: needs password_file beside it',
    'line 11: channel mail: no route leads to this channel: add a route, or remove the channel',
    'line 14: channel mail: tls: must be starttls, implicit or none',
    expect.stringMatching(/^line 15: channel mail: port: /),
    'line 16: channel mail: password: is a secret: write it into a file of its own, and name that file ' +
      'with password_file',
    'line 17: channel mail: from: must be an address such as ops@example.org',
    'line 18: channel mail: to: must name a recipient',
    'line 19: channel pager: type: must be webhook, alertmanager, email, slack',
    'line 19: channel pager: no route leads to this channel: add a route, or remove the channel',
    expect.stringMatching(
      /^line 21: route 1: repos: is not a known key; the keys are repo, server, labels, file, /,
    ),
    'line 22: route 1: repo: must not be an empty list: leave the key out if anything may match',
    'line 23: route 1: server: must be a text or a list of texts; a number, true, false and null need quotes',
    'line 24: route 1: labels.Env: is not the name of a label: a-z, then a-z, 0-9 and _',
    'line 25: route 1: cause: must match host_changed, commit_not_applied, or be "" if it is not known',
    'line 26: route 1: state: must match OUT_OF_SYNC, UNKNOWN, STALE',
    'line 27: route 1: kinds: must be some of drift, unknown, stale, never_reported',
    expect.stringMatching(/^line 28: route 1: for.drift: must be 0, or a span/),
    expect.stringMatching(
      /^line 28: route 1: for: must be 0, or a span, .* some of drift, unknown, stale, never_reported$/,
    ),
    'line 29: route 1: repeat: must be a span such as 30s, 10m, 24h or 7d',
    'line 30: route 1: channels: there is no channel "chat"',
    'line 31: route 2: channels: must name a channel',
  ]);
});

test.each<[string, string, string | RegExp]>([
  ['nothing', '', 'line 1: the file must have channels and routes'],
  ['no routes', CHAT, /routes: must be a list of routes/],
  ['an empty list of routes', `${CHAT}routes: []\n`, /line 3: routes: must not be empty/],
  [
    'channels in a list',
    'channels: [a]\nroutes: [{ channels: a }]',
    /line 1: channels: must be a map of channels/,
  ],
  [
    'another key',
    `${CHAT}routes: [{ channels: chat }]\nmutes: []`,
    /^line 4: mutes: is not a known key; the keys are/,
  ],
  [
    'a channel with another name',
    'channels: { a b: { type: slack, url_file: chat-url } }\nroutes: [{ channels: a b }]',
    /line 1: channel a b: a name has/,
  ],
  [
    'a tag',
    `${CHAT}routes:\n  - repo: !team-a/*\n    channels: chat`,
    'line 4: a text that starts with ! needs quotes',
  ],
  [
    'an alias',
    `${CHAT}routes:\n  - repo: *web\n    channels: chat`,
    'line 4: a text that starts with * needs quotes',
  ],
  [
    'a star alone',
    `${CHAT}routes:\n  - repo: *\n    channels: chat`,
    /Alias cannot be an empty string at line 4/,
  ],
  ['a key twice', `${CHAT}routes: [{ channels: chat }]\nroutes: []`, /unique at line 4/],
  [
    'a name that is empty',
    `${CHAT}routes: [{ channels: chat, repo: "" }]`,
    /line 3: route 1: repo: must not be empty/,
  ],
  [
    'a pattern that excludes nothing',
    `${CHAT}routes: [{ channels: chat, file: "!" }]`,
    /file: must not be empty/,
  ],
  [
    'two ways to log in',
    'channels: { am: { type: alertmanager, url: "http://a", username: a, password_file: /run/secrets/password, token_file: /run/secrets/token } }\nroutes: [{ channels: am }]',
    /token_file: and username are two ways to log in/,
  ],
  [
    'a password in clear',
    'channels: { m: { type: email, host: a, tls: none, username: a, password_file: /run/secrets/password, from: a@b, to: a@b } }\nroutes: [{ channels: m }]',
    /tls: none would send the password in clear/,
  ],
])('a file with %s is not usable', (_, text, words) => {
  expect(mistakesIn(text)).toEqual([typeof words === 'string' ? words : expect.stringMatching(words)]);
});

test('the example of the documentation is usable, and each of its keys is documented', () => {
  const docs = readFileSync(new URL('../../docs/notifications.md', import.meta.url), 'utf8');
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(docs) ?? [];
  const secrets: Readonly<Record<string, string>> = {
    'relay-key': KEY,
    'slack-url': 'https://hooks.example/x',
  };
  const { channels, routing } = readNotifyFile('/etc/notify.yaml', (path) => {
    if (path === '/etc/notify.yaml') return example;
    return secrets[path.replace('/etc/secrets/', '')] ?? 'https://secret.example/x';
  });
  expect(channels.map(({ type }) => type).sort()).toEqual(['alertmanager', 'email', 'slack', 'webhook']);
  expect(routing.routes).toHaveLength(4);
  const keys = [
    ...ROUTE_KEYS,
    ...CHANNEL_TYPES,
    'url_file',
    'secret_file',
    'heartbeat_url_file',
    'ca_file',
    'token_file',
  ];
  for (const key of keys) expect(docs).toContain(`\`${key}\``);
});

describe('a file of a secret', () => {
  const chat = (file: string) =>
    mistakesIn(`channels: { chat: { type: slack, url_file: ${file} } }\nroutes: [{ channels: chat }]`);

  test.each([
    ['missing', /the file that it names cannot be read \(ENOENT\)/],
    ['empty', /must have one line/],
    ['two-lines', /must have one line/],
    ['hook-key', /must have an address such as https/],
  ])('that is not usable: %s', (file, words) => {
    expect(chat(file)).toContainEqual(expect.stringMatching(words));
  });

  test('that has no certificate is not usable as ca_file', () => {
    const text =
      'channels: { chat: { type: slack, url_file: chat-url, ca_file: no-ca.pem } }\nroutes: [{ channels: chat }]';
    expect(mistakesIn(text)).toEqual([
      'line 1: channel chat: ca_file: the file that it names must have certificates in PEM',
    ]);
  });

  test('no mistake shows a secret, whatever wrong place the secret is in', () => {
    const canary = 'canary0f1e2d3c';
    const places = [
      `url: https://x.example/${canary}`,
      `url_file: https://x.example/${canary}`,
      `url_file: ${canary}`,
      `url_file: [${canary}]`,
      `url_file: *${canary}`,
      `url_file: !${canary}`,
      `url_file: &${canary}`,
      `url_file: @${canary}`,
      `url_file: "${canary}`,
      `url_file: "${canary}\\q"`,
      `url_file: {${canary}`,
      `url_file: a: ${canary}`,
      `url_file: ${canary}: b`,
      `password: ${canary}`,
      `type: ${canary}`,
    ];
    for (const type of ['webhook', 'alertmanager', 'email', 'slack']) {
      for (const place of places) {
        const text = `channels:\n  chat:\n    type: ${type}\n    ${place}\nroutes:\n  - channels: chat\n`;
        // The address of an Alertmanager is no secret: its login is one, and has files.
        if (type === 'alertmanager' && place.startsWith('url: ')) continue;
        expect(mistakesIn(text).join('\n')).not.toContain(canary);
      }
    }
  });
});
