import type { SlackSettings } from '../../config/channel-settings.ts';
import type { Message } from '../../domain/notify/message.ts';
import type { MessageChannel } from '../channel.ts';
import { type Line, shortened, written } from '../line.ts';
import { type Item, wordingOf } from '../wording.ts';
import type { ChannelDeps } from './channel-deps.ts';

/** A section has at most 3,000 characters, and all blocks together about 13,200. */
const MAX_SECTION = 2900;
const MAX_LINE = 700;
const MAX_TEXT = 11_000;

/** Posts to an incoming webhook of Slack, or of a compatible receiver (Mattermost, Rocket.Chat). */
export function slackChannel(
  { name, url }: Pick<SlackSettings, 'name' | 'url'>,
  { client, publicUrl }: ChannelDeps,
): MessageChannel {
  return {
    kind: 'messages',
    name,
    async send(message: Message, signal: AbortSignal) {
      const body = JSON.stringify(slackMessageOf(message, { publicUrl }));
      await client.post(
        url,
        { headers: { 'Content-Type': 'application/json; charset=utf-8' }, body },
        signal,
      );
    },
  };
}

/** `text` is for notifications, and for receivers that do not know blocks. */
function slackMessageOf(message: Message, { publicUrl }: { publicUrl: string }) {
  const { headline, link, items, more } = wordingOf(message, { publicUrl });
  const first = `*${mrkdwn(headline)}*\n${linkTo(link, 'Open the page')}`;
  const sections = fitting(first, items.map(sectionOf));
  const rest = more + items.length - sections.length;
  const last = rest === 0 ? [] : [linkTo(link, `and ${rest} more`)];
  const texts = [first, ...sections, ...last];
  return {
    text: texts.join('\n\n'),
    blocks: texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })),
    unfurl_links: false,
    unfurl_media: false,
    link_names: false,
  };
}

/** The first sections, as many as there is room for. */
function fitting(first: string, sections: readonly string[]): readonly string[] {
  let room = MAX_TEXT - first.length;
  const end = sections.findIndex((section) => {
    room -= section.length;
    return room < 0;
  });
  return end === -1 ? sections : sections.slice(0, end);
}

/** A target and its facts, as many lines as fit into a section, the most important ones first. */
function sectionOf({ title, link, lines }: Item): string {
  let section = `*${mrkdwn(title)}*${link.length > MAX_LINE ? '' : ` ${linkTo(link, 'page')}`}`;
  for (const line of lines.map(mrkdwn)) {
    if (section.length + line.length < MAX_SECTION) section += `\n${line}`;
  }
  return section;
}

/** The line, with less of others' text if it is too long. Escapes make it up to five times longer. */
function mrkdwn(line: Line): string {
  const sizes = [300, 60, 20, 10];
  const lines = sizes.map((most) => written(line, ({ said }) => asCode(shortened(said, most))));
  return lines.find(({ length }) => length <= MAX_LINE) ?? lines.at(-1) ?? '';
}

/**
 * Text by others is set as code, where Slack and Mattermost know no mentions, links, emoji or emphasis. A backtick
 * would end it. `@` is written so that no receiver takes it for a mention.
 */
function asCode(said: string): string {
  return `\`${escaped(said).replaceAll('`', 'ˋ').replaceAll('@', '＠')}\``;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A link to one of our own pages. Its query is encoded, so it has none of `<>|`. */
function linkTo(url: string, words: string): string {
  return `<${escaped(url)}|${words}>`;
}
