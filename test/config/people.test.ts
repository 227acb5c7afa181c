import { describe, expect, test } from 'vitest';
import { networkFault, reachesLoopback } from '../../src/config/addresses.ts';
import { parseConfig } from '../../src/config/config.ts';

const noFile = () => {
  throw new Error('ENOENT: no such file');
};

const SECRET = 'a-secret-of-the-proxy';
const NAMED = { GITOPS_STATUS_USER_HEADER: 'Remote-User', GITOPS_STATUS_AUTH_PROXIES: '10.0.0.5' };

const peopleOf = (env: Record<string, string>, readFile: (path: string) => string = noFile) =>
  parseConfig(env, readFile).people;

describe('the settings about people', () => {
  test('are off unless a header is named', () => {
    expect(peopleOf({})).toBeUndefined();
    expect(peopleOf({ GITOPS_STATUS_USER_HEADER: '', GITOPS_STATUS_AUTH_PROXIES: '' })).toBeUndefined();
  });

  test('say which proxy is believed, and who may act', () => {
    const env = {
      GITOPS_STATUS_USER_HEADER: 'X-Forwarded-User',
      GITOPS_STATUS_AUTH_PROXIES: '10.0.0.0/24, fd00::/8\n192.0.2.1',
      GITOPS_STATUS_GROUPS_HEADER: 'X-Forwarded-Groups',
      GITOPS_STATUS_ACT_USERS: 'alice, Bob Smith\njörg,',
      GITOPS_STATUS_ACT_GROUPS: 'Domain Admins,ops',
    };
    expect(peopleOf(env)).toEqual({
      userHeader: 'x-forwarded-user',
      proxies: ['10.0.0.0/24', 'fd00::/8', '192.0.2.1'],
      secret: undefined,
      groupsHeader: 'x-forwarded-groups',
      actUsers: ['alice', 'Bob Smith', 'jörg'],
      actGroups: ['Domain Admins', 'ops'],
    });
  });

  test('take the secret from a file', () => {
    const env = { ...NAMED, GITOPS_STATUS_AUTH_PROXY_SECRET_FILE: '/run/secrets/proxy' };
    expect(peopleOf(env, () => `${SECRET}\n`)?.secret).toBe(SECRET);
  });

  test.each([
    ['127.0.0.1'],
    ['127.8.0.0/16'],
    ['0.0.0.0/0'],
    ['126.0.0.0/7'],
    ['::1'],
    ['::/0'],
    ['::ffff:127.0.0.1'],
    ['10.0.0.5 ::1'],
  ])('need a secret with %s: any program on this machine can send from there', (proxies) => {
    const env = { ...NAMED, GITOPS_STATUS_AUTH_PROXIES: proxies };
    expect(() => peopleOf(env)).toThrow(/any program on this machine .* GITOPS_STATUS_AUTH_PROXY_SECRET/);
    expect(peopleOf({ ...env, GITOPS_STATUS_AUTH_PROXY_SECRET: SECRET })?.secret).toBe(SECRET);
  });

  test.each([
    [{ GITOPS_STATUS_USER_HEADER: 'Remote-User' }, /USER_HEADER needs GITOPS_STATUS_AUTH_PROXIES/],
    [
      { GITOPS_STATUS_AUTH_PROXIES: '10.0.0.5' },
      /AUTH_PROXIES does nothing without GITOPS_STATUS_USER_HEADER/,
    ],
    [{ GITOPS_STATUS_AUTH_PROXY_SECRET: SECRET }, /AUTH_PROXY_SECRET does nothing without/],
    [{ GITOPS_STATUS_GROUPS_HEADER: 'Remote-Groups' }, /GROUPS_HEADER does nothing without/],
    [{ GITOPS_STATUS_ACT_USERS: '*' }, /ACT_USERS does nothing without/],
    [{ GITOPS_STATUS_ACT_GROUPS: 'ops' }, /ACT_GROUPS does nothing without/],
    [{ ...NAMED, GITOPS_STATUS_ACT_GROUPS: 'ops' }, /need each other/],
    [{ ...NAMED, GITOPS_STATUS_GROUPS_HEADER: 'Remote-Groups' }, /need each other/],
    [
      { ...NAMED, GITOPS_STATUS_GROUPS_HEADER: 'remote-user', GITOPS_STATUS_ACT_GROUPS: 'ops' },
      /GROUPS_HEADER and GITOPS_STATUS_USER_HEADER name the same header/,
    ],
    [{ ...NAMED, GITOPS_STATUS_AUTH_PROXIES: '10.0.0.5/24' }, /10\.0\.0\.5\/24 has bits after the first 24/],
    [{ ...NAMED, GITOPS_STATUS_AUTH_PROXIES: 'proxy.example' }, /proxy\.example is neither an address nor/],
    [{ ...NAMED, GITOPS_STATUS_USER_HEADER: 'Remote User' }, /must be the name of a header/],
    [{ ...NAMED, GITOPS_STATUS_USER_HEADER: 'Remote_User:' }, /must be the name of a header/],
    [{ ...NAMED, GITOPS_STATUS_USER_HEADER: 'Authorization' }, /is a header that has another meaning/],
    [{ ...NAMED, GITOPS_STATUS_USER_HEADER: 'X-Auth-Proxy-Secret' }, /has another meaning/],
    [{ ...NAMED, GITOPS_STATUS_USER_HEADER: 'x-forwarded-for' }, /has another meaning/],
  ] as [Record<string, string>, RegExp][])('%j is a mistake', (env, words) => {
    expect(() => peopleOf(env)).toThrow(words);
  });

  test('report all their mistakes at once', () => {
    const env = {
      GITOPS_STATUS_USER_HEADER: 'Host',
      GITOPS_STATUS_AUTH_PROXIES: '127.0.0.1 10.0.0.5/24 nobody',
      GITOPS_STATUS_ACT_GROUPS: 'ops',
      PORT: 'http',
    };
    for (const words of [
      /has another meaning/,
      /on this machine/,
      /after the first/,
      /nobody is/,
      /each other/,
      /PORT/,
    ])
      expect(() => peopleOf(env)).toThrow(words);
  });

  test.each(['short', 'with a blank in between', 'mit-Umlaut-ä-und-lang', 'x'.repeat(256)])(
    'do not show a secret that is not usable',
    (secret) => {
      const env = { ...NAMED, GITOPS_STATUS_AUTH_PROXY_SECRET: secret };
      expect(() => peopleOf(env)).toThrow(/SECRET=\(not shown\): must have 16 to 255 ASCII characters/);
      expect(() => peopleOf(env)).not.toThrow(secret);
    },
  );
});

describe('a network that must be exact', () => {
  test.each([
    ...['10.0.0.0/8', '10.0.0.5', '10.0.0.5/32', '10.0.0.4/30', '0.0.0.0/0', '128.0.0.0/1'],
    ...['fd00::/8', 'fd00::1', 'fd00::1/128', '::/0', '2001:db8:0:8000::/49', '::ffff:10.0.0.0/104'],
  ])('%s is one', (text) => {
    expect(networkFault(text)).toBeUndefined();
  });

  test.each([
    ...['10.0.0.1/8', '10.0.0.5/30', '0.0.0.1/0', '192.0.0.0/1', 'fd00::1/8', '2001:db8:0:8000::/48'],
    ...['::1/127', '::ffff:10.0.0.1/104'],
  ])('%s has bits of an address', (text) => {
    expect(networkFault(text)).toMatch(/has bits after the first/);
  });

  test.each(['10.0.0.0/33', '10.0.0', 'fd00::/129', 'localhost', '10.0.0.0/8/8', '10.0.0.0/'])(
    '%s is none',
    (text) => {
      expect(networkFault(text)).toMatch(/is neither an address nor a network/);
    },
  );

  test('reaches loopback if any of its addresses belongs only to this machine', () => {
    expect(['127.0.0.0/8', '64.0.0.0/2', '::/127', '::ffff:127.0.0.1'].map(reachesLoopback)).toEqual(
      Array(4).fill(true),
    );
    expect(['10.0.0.0/8', '128.0.0.0/1', 'fd00::/8', '::2'].map(reachesLoopback)).toEqual(
      Array(4).fill(false),
    );
  });
});
