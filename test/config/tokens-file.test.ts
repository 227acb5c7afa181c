import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/config.ts';
import { readTokensFile } from '../../src/config/tokens-file.ts';

const HASH = 'ab'.repeat(32);
const read = (text: string) => readTokensFile('/etc/tokens.yaml', () => text);

test('a file declares tokens by name, hash and what they may do', () => {
  const text = `
# The CI of team A.
- name: ci-team-a
  sha256: ${HASH}
  scope: report
  repos: [team-a/*, rsyslog]
  expires: 2027-01-31T00:00:00+01:00
- { name: grafana, sha256: ${'cd'.repeat(32)}, scope: [read, admin] }
`;
  expect(read(text)).toEqual([
    {
      name: 'ci-team-a',
      sha256: HASH,
      scopes: ['report'],
      repos: ['team-a/*', 'rsyslog'],
      expiresAt: Date.parse('2027-01-30T23:00:00Z'),
      revokedAt: undefined,
    },
    {
      name: 'grafana',
      sha256: 'cd'.repeat(32),
      scopes: ['read', 'admin'],
      repos: undefined,
      expiresAt: undefined,
      revokedAt: undefined,
    },
  ]);
  expect(read('[]')).toEqual([]);
});

describe('a file that is not usable', () => {
  test.each([
    [
      `- { name: a, sha256: ${HASH}, scope: report, repos: [!web] }`,
      /line 1: a text that starts with ! needs quotes/,
    ],
    [
      `- { name: a, sha256: ${HASH}, scope: report, repos: [*web] }`,
      /line 1: a text that starts with \* needs quotes/,
    ],
  ])('has a text that YAML reads as another type: %s', (text, words) => {
    expect(() => read(text)).toThrow(ConfigError);
    expect(() => read(text)).toThrow(words);
  });

  test('names every mistake at once, with its place', () => {
    const text = `
- { name: a, sha256: ABC, scope: write, until: 2027 }
- { name: b, sha256: ${HASH}, scope: report, expires: tomorrow, repos: web }
- { sha256: ${HASH}, scope: [] }
`;
    expect(() => read(text)).toThrow(ConfigError);
    for (const words of [
      /GITOPS_STATUS_TOKENS_FILE=\/etc\/tokens.yaml: token 1: sha256 must be the SHA-256/,
      /token 1: scope must be report, read, act, admin, or a list of them/,
      /token 1: .*"until"/,
      /token 2: expires must be an instant such as/,
      /token 2: repos /,
      /token 3: name /,
    ]) {
      expect(() => read(text)).toThrow(words);
    }
  });

  test.each([
    [`- { name: a, sha256: ${HASH}, scope: read, repos: [web] }`, /token 1: repos limit what is reported/],
    [`- { name: a, sha256: ${HASH}, scope: report, repos: [we b] }`, /token 1: "we b" can match no repo/],
    [
      `- { name: a, sha256: ${HASH}, scope: read }\n- { name: a, sha256: ${HASH}, scope: read }`,
      /token 2: has the name of token 1\n.*token 2: has the sha256 of token 1/,
    ],
    ['', /must be a list of tokens; \[\] for none/],
    ['tokens: []', /must be a list of tokens/],
    ['- { name: a', /at line 1, column/],
    ['- name: a\n  repos: [*]', /at line 2, column 11/],
  ])('says what is wrong with %j', (text, words) => {
    expect(() => read(text)).toThrow(words);
  });

  test('may also be unreadable', () => {
    const missing = () => {
      throw new Error('ENOENT: no such file');
    };
    expect(() => readTokensFile('/nowhere', missing)).toThrow(/FILE=\/nowhere: ENOENT/);
  });
});
