import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../src/config/config.ts';
import { missingAuth } from '../../src/http/auth/require-auth.ts';
import { NOON } from '../fixtures.ts';
import { startService } from './service.ts';
import { aToken } from './tokens.ts';

async function refusal(env: Record<string, string>, tokens: readonly ReturnType<typeof aToken>[] = []) {
  const at = startService(env);
  at.service.tokens.declare(tokens.map(({ token }) => token));
  return missingAuth(
    parseConfig(env, () => ''),
    at.service.tokens,
  );
}

describe('a server is not started', () => {
  test.each([['0.0.0.0'], ['::'], ['192.0.2.1'], ['drift.example']])(
    'on %s without a token: it says what to do',
    async (host) => {
      expect(await refusal({ HOST: host })).toMatch(
        /token create .*TOKENS_FILE.*ANONYMOUS=read.*HOST=127\.0\.0\.1/,
      );
    },
  );

  test('if all its tokens are expired or revoked: nobody could use it', async () => {
    const useless = [aToken({ expiresAt: NOON }), aToken({ revokedAt: NOON })];
    expect(await refusal({ HOST: '0.0.0.0' }, useless)).toMatch(/no valid token/);
    expect(await refusal({ HOST: '0.0.0.0' }, [...useless, aToken()])).toBe(undefined);
  });
});

describe('a server is started without tokens', () => {
  test.each([['127.0.0.1'], ['::1'], ['localhost']])('on %s, where nobody else reaches it', async (host) => {
    expect(await refusal({ HOST: host })).toBe(undefined);
  });

  test.each([['read'], ['read,report'], ['badges']])(
    'anywhere with GITOPS_STATUS_ANONYMOUS=%s',
    async (words) => {
      expect(await refusal({ HOST: '0.0.0.0', GITOPS_STATUS_ANONYMOUS: words })).toBe(undefined);
    },
  );

  test('as compose.yaml starts the image: Grafana and Prometheus may ask it by its name, and others may not', async () => {
    const file = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8');
    const { services } = z
      .object({
        services: z.record(
          z.string(),
          z.object({ environment: z.record(z.string(), z.string()).optional() }),
        ),
      })
      .parse(parse(file));
    const environment = Object.entries(services['gitops-status']?.environment ?? {});
    // `${NAME-default}`, without other settings.
    const env = Object.fromEntries(
      environment.map(([name, value]) => [name, value.replace(/^\$\{\w+-(.*)\}$/, '$1')]),
    );
    const at = startService({ HOST: '0.0.0.0', ...env });
    expect(await refusal({ HOST: '0.0.0.0', ...env })).toBe(undefined);
    expect((await at.get('/status.json', { Host: 'gitops-status:8080' })).status).toBe(200);
    expect((await at.get('/status.json', { Host: 'rebound.example:8080' })).status).toBe(421);
  });
});
