import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../src/notify/channel.ts';
import { emailChannel } from '../../src/notify/channels/email.ts';
import { aMessage, aProblem, HOSTILE, problemsOf } from './a-message.ts';
import { CERTIFICATE } from './certificate.ts';
import { type ReceivedMail, startMailServer } from './mail-server.ts';

const never = new AbortController().signal;

type Settings = Parameters<typeof emailChannel>[0];

function channelTo(port: number, settings: Partial<Settings> = {}) {
  const answers: string[] = [];
  const all: Settings = {
    name: 'mail',
    host: 'localhost',
    port,
    tls: 'none',
    login: undefined,
    ca: undefined,
    from: 'drift@example.org',
    to: ['ops@example.org'],
    ...settings,
  };
  const said = (words: string) => answers.push(words);
  const deps = { publicUrl: 'https://status.example/drift', onAnswer: said, onWarning: said };
  return { channel: emailChannel(all, deps), answers };
}

/** The headers of a mail by name, unfolded, and its text, decoded. */
function parsed({ raw }: ReceivedMail) {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const encoded = rest.join('\r\n\r\n');
  const body =
    headers['content-transfer-encoding'] === 'base64'
      ? Buffer.from(encoded, 'base64').toString('utf8')
      : Buffer.from(
          encoded
            .replace(/=\r\n/g, '')
            .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
          'latin1',
        ).toString('utf8');
  return { headers, names: lines.map((line) => line.split(':')[0]), body: body.replaceAll('\r\n', '\n') };
}

test('a message is a mail in plain text to all recipients', async () => {
  const { port, mails } = await startMailServer();
  const { channel, answers } = channelTo(port, { to: ['ops@example.org', 'dev@example.org'] });
  await channel.send(aMessage(), never);
  expect(mails).toMatchObject([{ from: 'drift@example.org', to: ['ops@example.org', 'dev@example.org'] }]);
  const [mail] = mails.map(parsed);
  expect(mail?.headers).toMatchObject({
    from: '"gitops-status-server" <drift@example.org>',
    to: 'ops@example.org, dev@example.org',
    subject: 'rsyslog: out of sync',
    'message-id': '<m-1@status.example>',
    date: 'Tue, 21 Apr 2026 13:44:15 +0000',
    'auto-submitted': 'auto-generated',
    'list-id': '<gitops-status.status.example>',
    'content-type': 'text/plain; charset=utf-8',
  });
  expect(mail?.headers).not.toHaveProperty('references');
  expect(mail?.body).toBe(`rsyslog on rsyslog-lab is out of sync
https://status.example/drift/target?repo=rsyslog&server=rsyslog-lab

rsyslog on rsyslog-lab
  https://status.example/drift/target?repo=rsyslog&server=rsyslog-lab
  Differs: 2 files: rsyslog.conf, rsyslog.d/30-lab.conf
  Since: 2026-04-21 10:32 UTC (3 h 12 min)
  Cause: the commit is the one that was last in sync, so somebody or something changed the server
  Next: the person who changed the host: revert the change there, or commit it
`);
  expect(answers).toEqual(['the mail server answered 250']);
});

test('the messages of a group are one thread, and a repeat has the Message-ID of the first try', async () => {
  const { port, mails } = await startMailServer();
  const { channel } = channelTo(port);
  await channel.send(aMessage(), never);
  await channel.send(aMessage(), never);
  await channel.send(aMessage({ id: 'm-2', phase: 'updated', problems: problemsOf(25) }), never);
  await channel.send(aMessage({ id: 'm-3', phase: 'resolved', stillOpen: 0 }), never);
  const [first, again, update, resolved] = mails.map(parsed);
  expect(again?.headers['message-id']).toBe(first?.headers['message-id']);
  for (const [mail, id] of [
    [update, 'm-2'],
    [resolved, 'm-3'],
  ] as const) {
    expect(mail?.headers).toMatchObject({
      'message-id': `<${id}@status.example>`,
      'in-reply-to': '<m-1@status.example>',
      references: '<m-1@status.example>',
      subject: 'Re: rsyslog: out of sync',
    });
  }
  expect(update?.body).toContain('and 5 more: https://status.example/drift/?repo=rsyslog');
});

describe('text by others is no header, no recipient, no line and no link', () => {
  test.each(HOSTILE)('%j', async (hostile) => {
    const { port, mails } = await startMailServer();
    const target = { repo: hostile, server: hostile };
    const fields = { target, files: [hostile], labels: { owner: hostile }, error: hostile, next: hostile };
    await channelTo(port).channel.send(
      aMessage({ repo: hostile, problems: [aProblem({ ...fields, commit: hostile })] }),
      never,
    );
    expect(mails.map(({ to }) => to)).toEqual([['ops@example.org']]);
    const [mail] = mails.map(parsed);
    expect([...(mail?.names ?? [])].sort()).toEqual([
      ...['Auto-Submitted', 'Content-Transfer-Encoding', 'Content-Type', 'Date', 'From', 'List-ID'],
      ...['MIME-Version', 'Message-ID', 'Subject', 'To'],
    ]);
    expect(mail?.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(mail?.body).not.toContain('://evil.example');
    expect(mail?.body).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
    expect(mail?.body.match(/^ {2}Next: /gm)).toHaveLength(1);
  });
});

describe.skipIf(CERTIFICATE === undefined)('a secure connection', () => {
  const { key, cert } = CERTIFICATE ?? { key: '', cert: '' };
  const login = { user: 'drift', pass: 'hunter22' };

  test.each([
    ['starttls', false],
    ['implicit', true],
  ] as const)('%s, with a login', async (tls, secure) => {
    const { port, mails } = await startMailServer({ key, cert, secure, authOptional: false });
    await channelTo(port, { tls, ca: cert, login }).channel.send(aMessage(), never);
    expect(mails).toMatchObject([{ isSecure: true, user: 'drift' }]);
  });

  test.each(['starttls', 'implicit'] as const)('%s: an untrusted certificate ends it', async (tls) => {
    const { port, mails } = await startMailServer({ key, cert, secure: tls === 'implicit' });
    await expect(channelTo(port, { tls }).channel.send(aMessage(), never)).rejects.toThrow(
      /no secure connection to the mail server/,
    );
    expect(mails).toEqual([]);
  });

  test('without STARTTLS nothing is sent in clear text', async () => {
    const { port, mails } = await startMailServer({ disabledCommands: ['STARTTLS'] });
    await expect(channelTo(port, { tls: 'starttls' }).channel.send(aMessage(), never)).rejects.toThrow(
      DeliveryError,
    );
    expect(mails).toEqual([]);
  });

  test('a server without login gets no mail without one', async () => {
    const { port, mails } = await startMailServer({ key, cert, disabledCommands: ['AUTH'] });
    const { channel } = channelTo(port, { tls: 'starttls', ca: cert, login });
    await expect(channel.send(aMessage(), never)).rejects.toThrow(DeliveryError);
    expect(mails).toEqual([]);
  });
});

test.each([
  ['onMailFrom', /answered 550 to MAIL FROM: does it take mail from this sender/],
  ['onRcptTo', /answered 550 to RCPT TO: does it take mail from this sender/],
] as const)('a refusal of the mail server is reported: %s', async (step, words) => {
  const refuse = (_: object, __: object, done: (error: Error) => void) =>
    done(Object.assign(new Error('no'), { responseCode: 550 }));
  const { port } = await startMailServer({ [step]: refuse });
  await expect(channelTo(port).channel.send(aMessage(), never)).rejects.toThrow(words);
});

test('a refused recipient among others is reported', async () => {
  const { port, mails } = await startMailServer({
    onRcptTo: ({ address }, _, done) => done(address.startsWith('gone') ? new Error('no') : null),
  });
  const { channel, answers } = channelTo(port, { to: ['gone@example.org', 'ops@example.org'] });
  await channel.send(aMessage(), never);
  expect(mails).toMatchObject([{ to: ['ops@example.org'] }]);
  expect(answers).toEqual(['the mail server refused 1 of the recipients', 'the mail server answered 250']);
});

test.each(['169.254.169.254', '2852039166', '0xa9fea9fe', 'fe80::1', 'fe80::1%lo', '::ffff:169.254.1.1'])(
  'a link-local mail server is not connected to: %s',
  async (host) => {
    await expect(channelTo(25, { host }).channel.send(aMessage(), never)).rejects.toThrow(/link-local/);
  },
);

test('nothing is sent after the signal', async () => {
  const { port, mails } = await startMailServer();
  await expect(channelTo(port).channel.send(aMessage(), AbortSignal.abort())).rejects.toThrow(/stopped/);
  expect(mails).toEqual([]);
});
