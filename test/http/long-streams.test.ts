import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Token } from '../../src/domain/token.ts';
import { MINUTE, NOON } from '../fixtures.ts';
import { EventStream } from './event-stream.ts';
import { aBody, startService, type TestService } from './service.ts';
import { aToken } from './tokens.ts';

const SECOND = 1000;

describe('a stream of events', () => {
  let at: TestService;
  const streams: EventStream[] = [];
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    at = startService({ HOST: '0.0.0.0' });
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) await stream.close();
    vi.useRealTimers();
  });

  const listen = async (headers: Record<string, string> = {}, app = at.service.app) => {
    const stream = new EventStream(await app.request('/api/v1/events', { headers }));
    streams.push(stream);
    expect(await stream.next()).toMatchObject({ event: 'reset' });
    return stream;
  };
  /** Makes a token as the command does, in the store and not through the server. */
  const make = async (traits: Partial<Token> = {}) => {
    const made = aToken(traits);
    const { revokedAt: _, ...token } = made.token;
    await at.service.store.tokens.add({ ...token, createdAt: NOON });
    return made;
  };
  const pass = async (ms: number) => {
    at.now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  /** Whether it ends within two seconds, without an error. */
  const ends = async (stream: EventStream) => {
    const next = stream.next();
    for (let i = 0; i < 4; i++) await pass(SECOND / 2);
    return (await Promise.race([next, Promise.resolve('goes on')])) === undefined;
  };

  test('ends within two seconds if another process revokes its token, and no other stream does', async () => {
    const [mine, other] = [await make({ name: 'mine' }), await make({ name: 'other' })];
    const [stream, goesOn] = [await listen(mine.bearer), await listen(other.bearer)];
    await at.service.store.tokens.revoke('mine', at.now);
    expect(await ends(stream)).toBe(true);
    await at.post(aBody(), undefined, other.bearer);
    expect(await goesOn.next()).toMatchObject({ event: 'target_added' });
  });

  test('ends when its token expires, and not before', async () => {
    const { bearer } = await make({ expiresAt: NOON + MINUTE });
    const stream = await listen(bearer);
    const next = stream.next();
    await pass(MINUTE - 1);
    expect(await Promise.race([next, Promise.resolve('goes on')])).toBe('goes on');
    await pass(SECOND);
    expect(await Promise.race([next, Promise.resolve('goes on')])).toBeUndefined();
  });

  test.each<[string, (token: Token) => readonly Token[]]>([
    ['is no longer in the tokens file', () => []],
    ['has lost the scope there', (token) => [{ ...token, scopes: ['report', 'admin'] }]],
    ['has expired there', (token) => [{ ...token, expiresAt: NOON }]],
  ])('ends when its token %s', async (_, change) => {
    const { token, bearer } = aToken();
    at.service.tokens.declare([token]);
    const stream = await listen(bearer);
    at.service.tokens.declare(change(token));
    expect(await ends(stream)).toBe(true);
  });

  test('without a token ends when one is needed: on loopback, at the first token', async () => {
    at = startService();
    const stream = await listen();
    await make();
    expect(await ends(stream)).toBe(true);
  });

  test('that the settings allow without a token goes on, whatever happens to tokens', async () => {
    at = startService({ HOST: '0.0.0.0', GITOPS_STATUS_ANONYMOUS: 'page' });
    const stream = await listen();
    await make();
    await at.service.store.tokens.revoke('ci', at.now);
    expect(await ends(stream)).toBe(false);
  });

  test('ends if the tokens cannot be read: its client may come back', async () => {
    const { token, bearer } = aToken();
    at.service.tokens.declare([token]);
    let isBroken = false;
    const tokens = { ...at.service.tokens };
    tokens.find = async (...asked) => {
      if (isBroken) throw new Error('disk I/O error');
      return at.service.tokens.find(...asked);
    };
    const stream = await listen(bearer, at.appWith({ tokens }));
    isBroken = true;
    expect(await ends(stream)).toBe(true);
  });

  test('is checked only while it lasts', async () => {
    const { token, bearer } = aToken();
    at.service.tokens.declare([token]);
    const before = vi.getTimerCount();
    const stream = await listen(bearer);
    // One for the tail of the log, one for its token.
    expect(vi.getTimerCount()).toBe(before + 2);
    await stream.close();
    expect(vi.getTimerCount()).toBe(before);
  });
});
