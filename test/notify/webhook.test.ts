import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/notify/message.ts';
import type { MessageChannel } from '../../src/notify/channel.ts';
import { webhookChannel } from '../../src/notify/channels/webhook.ts';
import { createHttpClient } from '../../src/notify/http-client.ts';
import { aMessage, aProblem, HOSTILE, problemsOf, QUIET } from './a-message.ts';
import { type Received, startReceiver } from './receiver.ts';
import { SECRETS } from './secrets.ts';

const never = new AbortController().signal;
const publicUrl = 'https://status.example';

function channelTo(url: string, { count = 1, clock = Date.now } = {}): MessageChannel {
  const keys = SECRETS.slice(0, count).map(({ key }) => key);
  const deps = { client: createHttpClient({ clock }), publicUrl, clock, ...QUIET };
  return webhookChannel({ name: 'hook', url, keys }, deps);
}

async function sent(message: Message): Promise<Received> {
  const { url, received } = await startReceiver();
  await channelTo(url).send(message, never);
  const [one] = received;
  if (one === undefined) throw new Error('nothing arrived');
  return one;
}

/** The result of the Standard Webhooks library; it throws if the signature is wrong. */
function verify({ body, headers }: Received, secret = SECRETS[0]?.text ?? ''): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

test('the Standard Webhooks library verifies what is sent: a CloudEvent', async () => {
  const message = aMessage({ problems: [aProblem({ labels: { env: 'prod' }, commit: 'abc1234' })] });
  const received = await sent(message);
  expect(received.headers).toMatchObject({
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'webhook-id': 'm-1',
  });
  expect(verify(received)).toEqual({
    specversion: '1.0',
    id: 'm-1',
    source: publicUrl,
    type: 'gitops-status.drift.opened',
    subject: 'rsyslog',
    time: '2026-04-21T13:44:15.000Z',
    datacontenttype: 'application/json',
    data: {
      text: 'rsyslog on rsyslog-lab is out of sync',
      link: `${publicUrl}/target?repo=rsyslog&server=rsyslog-lab`,
      thread: 'm-1',
      phase: 'opened',
      kind: 'drift',
      about: 'group',
      repo: 'rsyslog',
      still_open: 1,
      targets_total: 1,
      targets: [
        {
          repo: 'rsyslog',
          server: 'rsyslog-lab',
          link: `${publicUrl}/target?repo=rsyslog&server=rsyslog-lab`,
          kind: 'drift',
          state: 'OUT_OF_SYNC',
          labels: { env: 'prod' },
          incident: { id: 7, opened_at: '2026-04-21T10:32:15.000Z', cause: 'host_changed' },
          since: '2026-04-21T10:32:15.000Z',
          resolution: null,
          drift_count: 2,
          files_total: 2,
          files: ['rsyslog.conf', 'rsyslog.d/30-lab.conf'],
          commit: 'abc1234',
          run_url: null,
          error: null,
          error_kind: null,
          next: 'the person who changed the host: revert the change there, or commit it',
          acknowledged_by: null,
        },
      ],
    },
  });
});

test('while keys are changed, a receiver with either key accepts it', async () => {
  const { url, received } = await startReceiver();
  await channelTo(url, { count: 2 }).send(aMessage(), never);
  for (const { text } of SECRETS) for (const one of received) verify(one, text);
  const stranger = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  for (const one of received) expect(() => verify(one, stranger)).toThrow(/No matching signature/);
});

test('a retry has the same id and body, and the time of the attempt', async () => {
  const { url, received } = await startReceiver({ answer: () => ({ status: 500 }) });
  let now = Date.now() - 60_000;
  const channel = channelTo(url, { clock: () => now });
  await expect(channel.send(aMessage(), never)).rejects.toThrow(/500/);
  now += 60_000;
  await expect(channel.send(aMessage(), never)).rejects.toThrow(/500/);
  const [first, second] = received;
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  const times = received.map(({ headers }) => Number(headers['webhook-timestamp']));
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(60);
  for (const one of received) verify(one);
});

describe('a body stays below 20 kB, with the number of left-out entries', () => {
  const files = Array.from({ length: 1000 }, (_, i) => `${'é'.repeat(200)}${i}`);
  const labels = Object.fromEntries(
    Array.from({ length: 16 }, (_, i) => [
      `${'k'.repeat(61)}${String.fromCharCode(97 + i)}`,
      '🜂'.repeat(127),
    ]),
  );
  const target = { repo: 'r'.repeat(255), server: 's'.repeat(255) };
  const text = '"\\🜂'.repeat(5000);

  test.each<[string, Message, number]>([
    ['2,000 targets', aMessage({ problems: problemsOf(2000, { files }) }), 2000],
    [
      'the longest of everything',
      aMessage({
        problems: [aProblem({ target, files, labels, error: text, next: text, commit: text, runUrl: text })],
        repo: target.repo,
      }),
      1,
    ],
  ])('%s', async (_, message, total) => {
    const received = await sent(message);
    expect(Buffer.byteLength(received.body)).toBeLessThan(20_000);
    const { data } = verify(received) as { data: { targets_total: number; targets: object[] } };
    expect(data.targets_total).toBe(total);
    expect(data.targets[0]).toMatchObject({ files_total: 1000 });
  });
});

test.each(HOSTILE)('text by others stays a text of the body: %j', async (hostile) => {
  const target = { repo: hostile, server: hostile };
  const problem = aProblem({ target, files: [hostile], labels: { owner: hostile }, error: hostile });
  const received = await sent(aMessage({ problems: [problem], repo: hostile }));
  const { data } = verify(received) as { data: { text: string; targets: object[] } };
  expect(data.targets).toMatchObject([{ server: hostile, files: [hostile], labels: { owner: hostile } }]);
  expect(data.text).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  expect(Object.keys(received.headers)).not.toContain('bcc');
});
