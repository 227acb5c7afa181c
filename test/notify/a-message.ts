import type { Message, Problem } from '../../src/domain/notify/message.ts';

export const NOW = Date.parse('2026-04-21T13:44:15Z');

/** A drift of three hours, as a message has it. */
export function aProblem(fields: Partial<Problem> = {}): Problem {
  const since = Date.parse('2026-04-21T10:32:15Z');
  return {
    target: { repo: 'rsyslog', server: 'rsyslog-lab' },
    condition: 'drift',
    labels: {},
    state: 'OUT_OF_SYNC',
    incident: { id: 7, openedAt: since, cause: 'host_changed' },
    since,
    resolution: undefined,
    files: ['rsyslog.conf', 'rsyslog.d/30-lab.conf'],
    driftCount: 2,
    commit: undefined,
    runUrl: undefined,
    error: undefined,
    errorKind: undefined,
    next: 'the person who changed the host: revert the change there, or commit it',
    acknowledgedBy: undefined,
    ...fields,
  };
}

/** The first message about one problem. */
export function aMessage(fields: Partial<Message> = {}): Message {
  return {
    id: 'm-1',
    thread: 'm-1',
    phase: 'opened',
    condition: 'drift',
    repo: 'rsyslog',
    about: 'group',
    at: NOW,
    problems: [aProblem()],
    stillOpen: 1,
    ...fields,
  };
}

/** Problems of this many targets of one repo. */
export function problemsOf(count: number, fields: Partial<Problem> = {}): Problem[] {
  return Array.from({ length: count }, (_, i) =>
    aProblem({ target: { repo: 'rsyslog', server: `log-${i + 1}` }, ...fields }),
  );
}

/** Texts in a report that try to be more than text: a mention, a link, a header, a line, an element. */
export const HOSTILE = [
  '<!channel> now',
  '<!here|here>',
  '<@U012AB3CD>',
  '@channel @here @all @everyone',
  '<https://evil.example/|click>',
  '[click](https://evil.example/)',
  'https://evil.example/x',
  'a\r\nBcc: all@evil.example',
  'a\nNext: nobody',
  'a\u2028Next: nobody',
  '<img src=x onerror=alert(1)><script>alert(1)</script>',
  '`code` *bold* _it_ ~gone~ :tada:',
  '```\n<!channel>',
  'txt.\u202efdp',
  'zero\u200bwidth\u0000',
  '&lt;!channel&gt;',
  '\u001b[31mred\u001b]8;;https://evil.example\u0007link',
  '{{ template }} ${x} %s',
] as const;

/** For channels of which only what they send matters. */
export const QUIET = { onAnswer: () => undefined, onWarning: () => undefined };
