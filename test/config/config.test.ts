import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config/config.ts';

const noFile = () => {
  throw new Error('ENOENT: no such file');
};

const SPANS = [
  ['GITOPS_STATUS_STALE_AFTER', '7d'],
  ['GITOPS_STATUS_PUSH_INTERVAL', '31d'],
  ['GITOPS_STATUS_RETENTION_REPORTS', '10y'],
  ['GITOPS_STATUS_RETENTION_HISTORY', '10y'],
  ['GITOPS_STATUS_REQUEST_TIMEOUT', '10y'],
  ['GITOPS_STATUS_QUESTION_TIMEOUT', '10y'],
] as const;

describe.each(SPANS)('%s is a span from 1s to %s', (name, longest) => {
  // History is stored at least as long as reports.
  const parse = (text: string) =>
    parseConfig({ GITOPS_STATUS_RETENTION_REPORTS: '1s', [name]: text, ...HISTORY }, noFile);
  const HISTORY =
    name === 'GITOPS_STATUS_RETENTION_REPORTS' ? { GITOPS_STATUS_RETENTION_HISTORY: '10y' } : {};

  test.each(['1s', '59s', '1m', '1h', '1d', longest])('%s is accepted', (text) => {
    expect(() => parse(text)).not.toThrow();
  });

  const tooLong = longest === '7d' ? ['8d', '169h', '604801s', '1y', '10y'] : ['3651d', '315360001s'];
  test.each([...tooLong, '11y', '100y', '999999999999y', '999999999999s'])('%s is too long', (text) => {
    expect(() => parse(text)).toThrow(`${name}=${text}: must be from 1s to ${longest}`);
  });

  test.each([
    ...['0', '0s', '00s', '01s', '0y', '-1s', '-1y', '+1s', '1.5h', '.5d', '0.5s', '1,5h', '1e3s', '0x10s'],
    ...['1', '600', '1ms', '1w', '1M', '1S', '1 m', '1h30m', 'PT1H', 's', 'never', 'Infinity', 'NaN', '１s'],
    ...['9999999999999s', '9007199254740993s', `${'9'.repeat(400)}y`, '1s\n2s', '1s '],
  ])('%j is no span', (text) => {
    expect(() => parse(text)).toThrow(`${name}=${text}: must be a span such as 30s`);
  });
});

test('a timeout that is longer than a timer of Node is the longest timer, not none', () => {
  const env = { GITOPS_STATUS_REQUEST_TIMEOUT: '10y', GITOPS_STATUS_QUESTION_TIMEOUT: '25d' };
  expect(parseConfig(env, noFile)).toMatchObject({
    requestTimeoutMs: 2 ** 31 - 1,
    questionTimeoutMs: 2 ** 31 - 1,
  });
});

describe('the settings', () => {
  test('serve on loopback and use a file in the working directory by default', () => {
    expect(parseConfig({}, noFile)).toEqual({
      host: '127.0.0.1',
      port: 8080,
      databasePath: resolve('data/gitops-status.db'),
      staleAfterMs: 600_000,
      targetSeries: 'few',
      retentionReportsMs: 90 * 86_400_000,
      retentionHistoryMs: 5 * 365 * 86_400_000,
      maxReportBytes: 1024 ** 2,
      maxBatchBytes: 8 * 1024 ** 2,
      maxQueuedReports: 10_000,
      logLevel: 'info',
      anonymous: [],
      requireToken: false,
      tokensFile: undefined,
      trustedProxies: [],
      allowedHosts: [],
      basePath: '',
      publicUrl: undefined,
      maxConnections: 4096,
      keepAliveMs: 180_000,
      maxHeaderBytes: 16_384,
      requestTimeoutMs: 60_000,
      questionTimeoutMs: 30_000,
      shutdownDelayMs: 0,
    });
  });

  test('come from the environment', () => {
    const env = {
      HOST: '::1',
      PORT: '0',
      DATABASE_URL: 'sqlite:/var/lib/status.db',
      GITOPS_STATUS_STALE_AFTER: '90s',
      GITOPS_STATUS_PUSH_INTERVAL: '31d',
      GITOPS_STATUS_TARGET_SERIES: 'all',
      GITOPS_STATUS_RETENTION_REPORTS: '2y',
      GITOPS_STATUS_RETENTION_HISTORY: '2y',
      GITOPS_STATUS_MAX_REPORT_SIZE: '512KiB',
      GITOPS_STATUS_LOG_LEVEL: '',
    };
    expect(parseConfig(env, noFile)).toMatchObject({
      host: '::1',
      port: 0,
      databasePath: '/var/lib/status.db',
      staleAfterMs: 90_000,
      pushIntervalMs: 31 * 86_400_000,
      targetSeries: 'all',
      retentionReportsMs: 2 * 365 * 86_400_000,
      retentionHistoryMs: 2 * 365 * 86_400_000,
      maxReportBytes: 524_288,
      logLevel: 'info',
    });
  });

  test('that are lists accept commas, blanks or both', () => {
    const env = {
      GITOPS_STATUS_ANONYMOUS: 'read, report',
      GITOPS_STATUS_TRUSTED_PROXIES: '10.0.0.0/8 fd00::1',
      GITOPS_STATUS_ALLOWED_HOSTS: 'drift.example,[fd00::2],',
      GITOPS_STATUS_TOKENS_FILE: '/etc/tokens.yaml',
    };
    expect(parseConfig(env, noFile)).toMatchObject({
      anonymous: ['read', 'report'],
      trustedProxies: ['10.0.0.0/8', 'fd00::1'],
      allowedHosts: ['drift.example', '[fd00::2]'],
      tokensFile: '/etc/tokens.yaml',
    });
  });

  test.each([
    ['/drift', '/drift'],
    ['/drift/', '/drift'],
    ['/tools/drift-1.0', '/tools/drift-1.0'],
    ['/', ''],
    ['', ''],
  ])('have the base path %j, without a slash at its end', (given, basePath) => {
    expect(parseConfig({ GITOPS_STATUS_BASE_PATH: given }, noFile)).toMatchObject({ basePath });
  });

  test.each([
    ['https://Status.Example.org', 'https://status.example.org'],
    ['https://status.example.org/', 'https://status.example.org'],
    ['http://10.0.0.1:8080/tools/drift/', 'http://10.0.0.1:8080/tools/drift'],
  ])('have the public URL %s, without a slash at its end', (given, publicUrl) => {
    expect(parseConfig({ GITOPS_STATUS_PUBLIC_URL: given }, noFile)).toMatchObject({ publicUrl });
  });

  test.each([
    ['BASE_PATH', 'drift'],
    ['BASE_PATH', '//drift'],
    ['BASE_PATH', '/a/../b'],
    ['BASE_PATH', '/a b'],
    ['BASE_PATH', '/a?b'],
    ['BASE_PATH', '/%64rift'],
    ['PUBLIC_URL', 'status.example.org'],
    ['PUBLIC_URL', '/drift'],
    ['PUBLIC_URL', 'ftp://status.example.org'],
    ['PUBLIC_URL', 'https://user:secret@status.example.org'],
    ['PUBLIC_URL', 'https://status.example.org/?a=b'],
    ['PUBLIC_URL', 'https://status.example.org/#a'],
    ['PUBLIC_URL', 'https://status.example.org//drift'],
    ['PUBLIC_URL', 'https://'],
  ])('refuse %s=%s', (name, text) => {
    expect(() => parseConfig({ [`GITOPS_STATUS_${name}`]: text }, noFile)).toThrow(
      name === 'BASE_PATH' ? /must be a path such as \/drift/ : /must be an address such as https:/,
    );
  });

  test('may be in a file, for values that others must not read', () => {
    const read = (path: string) => (path === '/run/secrets/url' ? 'sqlite:/secret.db\n' : noFile());
    expect(parseConfig({ DATABASE_URL_FILE: '/run/secrets/url' }, read).databasePath).toBe('/secret.db');
  });

  test('are all checked at once, and every mistake says what is accepted', () => {
    const env = {
      PORT: 'http',
      DATABASE_URL: 'postgres://db',
      GITOPS_STATUS_STALE_AFTER: '10 minutes',
      GITOPS_STATUS_MAX_BATCH_SIZE: 'big',
      HOST: 'a',
      HOST_FILE: '/nowhere',
      GITOPS_STATUS_LOG_LEVEL: 'loud',
      GITOPS_STATUS_RETENTION_REPORTS: '10y',
      GITOPS_STATUS_ANONYMOUS: 'read,admin',
      GITOPS_STATUS_TRUSTED_PROXIES: '10.0.0.0/8 proxy',
      GITOPS_STATUS_ALLOWED_HOSTS: 'drift.example:443',
    };
    const mistakes = () => parseConfig(env, noFile);
    expect(mistakes).toThrow(ConfigError);
    for (const words of [
      /PORT=http: must be a number/,
      /DATABASE_URL=postgres:.*names no database/,
      /STALE_AFTER=10 minutes: must be a span such as/,
      /MAX_BATCH_SIZE=big: must be a size/,
      /HOST and HOST_FILE are both set/,
      /HOST_FILE=\/nowhere: ENOENT/,
      /LOG_LEVEL=loud: must be one of debug/,
      /RETENTION_HISTORY must be at least GITOPS_STATUS_RETENTION_REPORTS: make it longer/,
      /ANONYMOUS=read,admin: must be a list of read, report, metrics, badges, page/,
      /PROXIES=10.0.0.0\/8 proxy: must be a list of addresses and networks/,
      /HOSTS=drift.example:443: must be a list of names, without ports/,
    ]) {
      expect(mistakes).toThrow(words);
    }
  });
});
