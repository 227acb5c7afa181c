import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/notify/message.ts';
import { slackChannel } from '../../src/notify/channels/slack.ts';
import { createHttpClient } from '../../src/notify/http-client.ts';
import { aMessage, aProblem, HOSTILE, problemsOf, QUIET } from './a-message.ts';
import { startReceiver } from './receiver.ts';

interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly { type: string; text: { type: string; text: string; verbatim: boolean } }[];
  readonly unfurl_links: boolean;
  readonly unfurl_media: boolean;
  readonly link_names: boolean;
}

async function sent(message: Message): Promise<SlackMessage> {
  const { url, received } = await startReceiver();
  const client = createHttpClient({ clock: Date.now });
  const deps = { client, publicUrl: 'https://status.example', clock: Date.now, ...QUIET };
  await slackChannel({ name: 'chat', url }, deps).send(message, new AbortController().signal);
  return JSON.parse(received[0]?.body ?? '');
}

test('a message is text and blocks, and links to the page', async () => {
  const { text, blocks, ...options } = await sent(aMessage());
  expect(options).toEqual({ unfurl_links: false, unfurl_media: false, link_names: false });
  const link = 'https://status.example/target?repo=rsyslog&amp;server=rsyslog-lab';
  const texts = [
    `*\`rsyslog\` on \`rsyslog-lab\` is out of sync*\n<${link}|Open the page>`,
    [
      `*\`rsyslog\` on \`rsyslog-lab\`* <${link}|page>`,
      'Differs: 2 files: `rsyslog.conf`, `rsyslog.d/30-lab.conf`',
      'Since: 2026-04-21 10:32 UTC (3 h 12 min)',
      'Cause: the commit is the one that was last in sync, so somebody or something changed the server',
      'Next: `the person who changed the host: revert the change there, or commit it`',
    ].join('\n'),
  ];
  expect(blocks).toEqual(
    texts.map((one) => ({ type: 'section', text: { type: 'mrkdwn', text: one, verbatim: true } })),
  );
  expect(text).toBe(texts.join('\n\n'));
});

describe('text by others is no mention, link, emoji or emphasis', () => {
  test.each(HOSTILE)('%j', async (hostile) => {
    const target = { repo: hostile, server: hostile };
    const fields = { target, files: [hostile], labels: { owner: hostile }, error: hostile, runUrl: hostile };
    const { text, blocks } = await sent(
      aMessage({ repo: hostile, problems: [aProblem({ ...fields, next: hostile, commit: hostile })] }),
    );
    for (const one of [text, ...blocks.map((block) => block.text.text)]) {
      expect(one).not.toMatch(/@(?:channel|here|all|everyone)/);
      // Links are ours, and nothing else has angle brackets.
      const outside = one.replace(/<https:\/\/status\.example\/[^<>|]*\|[A-Za-z0-9 ]+>/g, '');
      expect(outside).not.toMatch(/[<>]/);
      // Text outside of code is our own: each line has an even number of backticks.
      for (const line of outside.split('\n')) expect(line.split('`').length % 2).toBe(1);
      const own = outside.replace(/`[^`\n]*`/g, '');
      expect(own).not.toMatch(/evil|click|tada|template|channel/);
    }
  });
});

describe('the limits of Slack', () => {
  const huge = '&<>`'.repeat(300);
  test.each<[string, Message]>([
    ['2,000 targets', aMessage({ problems: problemsOf(2000), stillOpen: 2000 })],
    [
      'long texts of characters that are escaped',
      aMessage({
        stillOpen: 30,
        repo: '@'.repeat(255),
        problems: problemsOf(30, {
          target: { repo: '@'.repeat(255), server: '@'.repeat(255) },
          files: Array.from({ length: 50 }, () => huge),
          labels: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, huge])),
          error: huge,
          next: huge,
          commit: huge,
          runUrl: huge,
        }),
      }),
    ],
  ])('%s', async (_, message) => {
    const { text, blocks } = await sent(message);
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const block of blocks) expect(block.text.text.length).toBeLessThanOrEqual(3000);
    expect(blocks.reduce((sum, block) => sum + block.text.text.length, 0)).toBeLessThan(13_200);
    expect(text.length).toBeLessThan(40_000);
    const named = blocks.length - 2;
    expect(named).toBeGreaterThan(0);
    expect(blocks.at(-1)?.text.text).toContain(`|and ${message.problems.length - named} more>`);
    // Even then it says what differs, since when and who acts next.
    for (const word of ['Differs: ', 'Since: ', 'Next: ']) expect(blocks[1]?.text.text).toContain(word);
  });
});
