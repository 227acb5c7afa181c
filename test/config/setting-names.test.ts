import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config/config.ts';
import { REPORTER_NAMES } from '../../src/config/setting-names.ts';

const noFile = () => {
  throw new Error('there is no such file');
};
const parse = (env: Record<string, string>) => parseConfig(env, noFile);

describe('a name that looks like a setting and is none is refused', () => {
  test.each([
    ['GITOPS_STATUS_STALE_AFTR', 'GITOPS_STATUS_STALE_AFTER'],
    ['GITOPS_STATUS_STALEAFTER', 'GITOPS_STATUS_STALE_AFTER'],
    ['GITOPS_STATUS_RETENTION_REPORT', 'GITOPS_STATUS_RETENTION_REPORTS'],
    ['GITOPS_STATUS_RETENTION', 'GITOPS_STATUS_RETENTION_REPORTS'],
    ['GITOPS_STATUS_MAX_SIZE', 'GITOPS_STATUS_MAX_REPORT_SIZE'],
    ['GITOPS_STATUS_LOGLEVEL', 'GITOPS_STATUS_LOG_LEVEL'],
    ['GITOPS_STATUS_ANONYMUOS', 'GITOPS_STATUS_ANONYMOUS'],
    ['GITOPS_STATUS_TRUSTED_PROXY', 'GITOPS_STATUS_TRUSTED_PROXIES'],
    ['GITOPS_STATUS_ALLOWED_HOST', 'GITOPS_STATUS_ALLOWED_HOSTS'],
    ['GITOPS_STATUS_TOKENS_FIEL', 'GITOPS_STATUS_TOKENS_FILE'],
    ['GITOPS_STATUS_HOST', 'HOST'],
    ['GITOPS_STATUS_DATABASE_URL', 'DATABASE_URL'],
    ['GITOPS_STATUS_DATABASE_URL_FILE', 'DATABASE_URL_FILE'],
    ['gitops_status_stale_after', 'GITOPS_STATUS_STALE_AFTER'],
    ['GITOPS_STATUS_DEFAULT_HOSTS', 'GITOPS_STATUS_DEFAULT_HOST'],
  ])('%s, and %s is named', (name, meant) => {
    expect(() => parse({ [name]: '1' })).toThrow(ConfigError);
    expect(() => parse({ [name]: '1' })).toThrow(`${name} is not a setting: did you mean ${meant}?`);
  });

  test('even without a similar one, and together with other mistakes', () => {
    const mistakes = () => parse({ GITOPS_STATUS_QQQQQ: '1', PORT: 'http' });
    expect(mistakes).toThrow('GITOPS_STATUS_QQQQQ is not a setting: docs/settings.md lists all settings');
    expect(mistakes).toThrow('PORT=http');
  });
});

describe('a variable that is not meant for the server is ignored', () => {
  test.each([
    'GITOPS_STATUS_SERVICE_HOST',
    'GITOPS_STATUS_SERVICE_PORT',
    'GITOPS_STATUS_SERVICE_PORT_HTTP',
    'GITOPS_STATUS_PORT',
    'GITOPS_STATUS_PORT_8080_TCP',
    'GITOPS_STATUS_PORT_8080_TCP_ADDR',
    'GITOPS_STATUS_PORT_8080_TCP_PROTO',
    'GITOPS_STATUS_PORT_53_UDP',
    'GITOPS_STATUS_PORT_53_UDP_PORT',
    'GITOPS_STATUS_SERVER_BLUE_SERVICE_HOST',
    'GITOPS_STATUS_SERVER_BLUE_PORT_8080_TCP_PORT',
    ...REPORTER_NAMES,
  ])('%s', (name) => {
    expect(() => parse({ [name]: 'tcp://10.0.0.1:8080' })).not.toThrow();
  });

  test('a name without a value counts as not set', () => {
    expect(() => parse({ GITOPS_STATUS_STALE_AFTR: '' })).not.toThrow();
  });

  test("everything that the reporter reads is known to be the reporter's", () => {
    const read = filesIn(new URL('../../reporter/', import.meta.url))
      .filter((path) => /\.(?:py|sh)$/.test(path))
      .flatMap((path) => readFileSync(path, 'utf8').match(/GITOPS_STATUS_[A-Z_]+\b(?!\.md)/g) ?? []);
    expect(read.length).toBeGreaterThan(20);
    expect([...new Set(read)].sort()).toEqual([...REPORTER_NAMES].sort());
  });
});

describe('a default of an image, GITOPS_STATUS_DEFAULT_…', () => {
  const image = {
    GITOPS_STATUS_DEFAULT_HOST: '0.0.0.0',
    GITOPS_STATUS_DEFAULT_DATABASE_URL: 'sqlite:/data/a.db',
    GITOPS_STATUS_DEFAULT_STALE_AFTER: '5m',
  };
  const files = (path: string) => (path === '/run/url' ? 'sqlite:/secret/b.db\n' : '::1\n');

  test('applies if nothing else is set', () => {
    expect(parse({ ...image, HOST: '' })).toMatchObject({
      host: '0.0.0.0',
      databasePath: '/data/a.db',
      staleAfterMs: 300_000,
    });
  });

  test('gives way to a value, and to the content of a file', () => {
    const env = {
      ...image,
      HOST_FILE: '/run/host',
      DATABASE_URL_FILE: '/run/url',
      GITOPS_STATUS_STALE_AFTER: '7m',
    };
    expect(parseConfig(env, files)).toMatchObject({
      host: '::1',
      databasePath: '/secret/b.db',
      staleAfterMs: 420_000,
    });
  });

  test('does not allow both a value and a file for one name', () => {
    const env = { ...image, HOST: '127.0.0.1', HOST_FILE: '/run/host' };
    expect(() => parseConfig(env, files)).toThrow('HOST and HOST_FILE are both set: remove one of them');
  });
});

function filesIn(folder: URL): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = fileURLToPath(new URL(name, folder));
    return statSync(path).isDirectory() ? filesIn(new URL(`${name}/`, folder)) : [path];
  });
}
