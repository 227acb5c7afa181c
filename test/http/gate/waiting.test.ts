import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { MINUTE, NOON } from '../../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from '../service.ts';
import { aToken } from '../tokens.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';

/** A request that waits, and whether it was answered yet. */
class Waiting {
  readonly answer: Promise<Response>;
  isAnswered = false;
  readonly #gone = new AbortController();

  constructor(at: TestService, query: string, headers: Record<string, string> = {}, app = at.service.app) {
    const { signal } = this.#gone;
    this.answer = Promise.resolve(
      app.request(new Request(`http://localhost/api/v1/gate?${query}`, { headers, signal })),
    );
    void this.answer.then(() => {
      this.isAnswered = true;
    });
  }

  get status(): Promise<number> {
    return this.answer.then(({ status }) => status);
  }

  leave(): void {
    this.#gone.abort();
  }
}

/** Long enough for everything that happens without time passing. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await setImmediate();
}

describe('a request that waits for a gate', () => {
  let at: TestService;
  /** The gates that were looked at as a whole, and how often statuses were also read. */
  let looks: string[];
  let app: TestService['service']['app'];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    at = startService();
    spy();
  });
  afterEach(() => vi.useRealTimers());

  const spy = () => {
    looks = [];
    const { store } = at.service;
    app = at.appWith({
      store: {
        ...store,
        summaries: async (filter) => {
          looks.push(JSON.stringify(filter));
          return store.summaries(filter);
        },
      },
    });
  };
  const wait = async (query: string, headers: Record<string, string> = {}) => {
    const waiting = new Waiting(at, query, headers, app);
    onTestFinished(() => waiting.leave());
    await settled();
    return waiting;
  };
  const pass = async (ms: number) => {
    at.now += ms;
    await vi.advanceTimersByTimeAsync(ms);
    await settled();
  };
  /** Reports within the pause between two looks cause one look. */
  const afterPause = () => pass(100);

  test('is answered at once if the gate is open', async () => {
    await at.post(aBody());
    expect(await (await wait('wait=300')).status).toBe(200);
  });

  test('is answered when the last target is in sync, and not before', async () => {
    await at.post([aDrift(['x']), aDrift(['x'], { server: 'b' })]);
    const waiting = await wait('repo=rsyslog&wait=300');
    at.now += MINUTE;
    await at.post(aBody({ server: 'b', last_check: iso(at.now) }));
    await afterPause();
    expect(waiting.isAnswered).toBe(false);
    await at.post(aBody({ last_check: iso(at.now) }));
    await afterPause();
    expect(waiting.isAnswered).toBe(true);
    expect(await waiting.status).toBe(200);
  });

  test('is answered by a report without a change: its time may satisfy since and max_age', async () => {
    await at.post(aBody());
    at.now += MINUTE;
    const waiting = [await wait('since=now&wait=300'), await wait('max_age=30&wait=300')];
    at.now += 1000;
    await at.post(aBody({ last_check: iso(at.now) }));
    await afterPause();
    expect(waiting.map(({ isAnswered }) => isAnswered)).toEqual([true, true]);
    for (const one of waiting) expect(await one.status).toBe(200);
  });

  test('takes a relative instant from when it was asked', async () => {
    await at.post(aDrift(['x']));
    const waiting = await wait('since=now-30s&wait=300');
    await pass(2 * MINUTE);
    // It began 100 s ago: before now-30s, but after what that meant on arrival.
    await at.post(aBody({ last_check: iso(at.now), duration_ms: 100_000 }));
    await afterPause();
    expect(waiting.isAnswered).toBe(true);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['a new commit', `commit=${SHA}`, () => at.post(aBody({ commit: SHA, last_check: iso(at.now) }))],
    ['a first report', 'repo=db', () => at.post(aBody({ repo: 'db', last_check: iso(at.now) }))],
    ['one more target', 'expect=2', () => at.post(aBody({ server: 'b', last_check: iso(at.now) }))],
    [
      'a deletion',
      'server=rsyslog-lab&server=rsyslog-lab',
      async () => {
        await at.post(aDrift(['x'], { repo: 'db', last_check: iso(at.now) }));
        await at.service.app.request('/api/v1/targets?repo=db&server=rsyslog-lab', { method: 'DELETE' });
      },
    ],
    [
      'a first label',
      'label=env:prod',
      () => at.post(aBody({ labels: { env: 'prod' }, last_check: iso(at.now) })),
    ],
    [
      'a new name',
      'repo=logs',
      async () =>
        at.service.app.request('/api/v1/targets/rename?repo=rsyslog&server=rsyslog-lab&new_repo=logs', {
          method: 'POST',
        }),
    ],
  ])('is answered after %s', async (name, query, happens) => {
    await at.post(aBody());
    if (name === 'a deletion') await at.post(aDrift(['x'], { repo: 'db' }));
    at.now += 1000;
    const waiting = await wait(`${query}&wait=300`);
    expect(waiting.isAnswered).toBe(false);
    await happens();
    await afterPause();
    expect(waiting.isAnswered).toBe(true);
    expect(await waiting.status).toBe(200);
  });

  test('gets 409 at the end of its time, with the state at that time', async () => {
    await at.post([aBody(), aDrift(['x'], { server: 'b' })]);
    const waiting = await wait('repo=rsyslog&wait=2');
    await pass(1999);
    expect(waiting.isAnswered).toBe(false);
    await pass(1);
    await afterPause();
    const body = await (await waiting.answer).json();
    expect(body).toMatchObject({ status: 409, blocking: [{ server: 'b' }] });
  });

  test('sees at its end what no commit announced: a target that became stale', async () => {
    await at.post(aBody());
    const waiting = await wait('repo=rsyslog&expect=2&wait=300');
    at.now += 20 * MINUTE;
    await pass(300_000);
    expect(await (await waiting.answer).json()).toMatchObject({ blocking: [{ state: 'STALE' }] });
  });

  test('ends with a 422 once its commit may be several', async () => {
    await at.post(aBody({ commit: SHA }));
    const waiting = await wait('commit=0123456&expect=2&wait=300');
    at.now += 1000;
    await at.post(aBody({ server: 'b', commit: SHA.replace(/7$/, '8'), last_check: iso(at.now) }));
    await afterPause();
    expect(await waiting.status).toBe(422);
  });

  test('is ended with 503 and Retry-After when the server stops, and none is taken after that', async () => {
    const waiting = await wait('wait=300');
    at.service.tail.close();
    await settled();
    const answer = await waiting.answer;
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '1']);
    expect(await problemOf(answer)).toMatchObject({ detail: expect.stringContaining('about to stop') });
    expect(await (await wait('wait=300')).status).toBe(503);
  });

  test('is ended with 401 when its token is revoked', async () => {
    const { token, bearer } = aToken();
    const { revokedAt: _, ...made } = token;
    await at.service.store.tokens.add({ ...made, createdAt: NOON });
    const waiting = await wait('wait=300', bearer);
    await at.service.store.tokens.revoke(token.name, at.now);
    for (let i = 0; i < 4 && !waiting.isAnswered; i++) await pass(500);
    expect(await problemOf(await waiting.answer)).toMatchObject({
      status: 401,
      detail: expect.stringContaining('The token ci may no longer ask this'),
    });
  });

  test('of a token that only reports goes on while it may report about the repos, and no longer', async () => {
    const { token, bearer } = aToken({ scopes: ['report'], repos: ['rsyslog', 'db'] });
    at.service.tokens.declare([token]);
    const [mine, other] = [
      await wait('repo=rsyslog&wait=300', bearer),
      await wait('repo=db&wait=300', bearer),
    ];
    await pass(2000);
    expect([mine.isAnswered, other.isAnswered]).toEqual([false, false]);
    at.service.tokens.declare([{ ...token, repos: ['db'] }]);
    await pass(2000);
    expect([mine.isAnswered, other.isAnswered]).toEqual([true, false]);
    expect(await mine.status).toBe(401);
  });

  test('does not wait if the store cannot be read: it gets the error', async () => {
    const fails = async () => Promise.reject(new Error('disk I/O error'));
    app = at.appWith({ store: { ...at.service.store, summaries: fails } });
    expect(await (await wait('wait=300')).status).toBe(500);
  });

  test('costs nothing once its client disconnects, and no work goes on after the last one', async () => {
    await at.post(aDrift(['x']));
    const timers = vi.getTimerCount();
    const waiting = await wait('wait=300');
    await afterPause();
    expect(vi.getTimerCount()).toBeGreaterThan(timers);
    waiting.leave();
    await settled();
    expect(vi.getTimerCount()).toBe(timers);
    looks = [];
    at.now += 1000;
    await at.post(aBody({ last_check: iso(at.now) }));
    await afterPause();
    expect(looks).toEqual([]);
  });

  test('is looked at only after a report about what keeps it closed, once for all with the same question', async () => {
    await at.post([aDrift(['x']), aBody({ server: 'b' }), aBody({ repo: 'db' })]);
    const same = [];
    for (let i = 0; i < 30; i++) same.push(await wait('repo=rsyslog&wait=300'));
    await afterPause();
    await afterPause();
    looks = [];
    for (const fields of [{ server: 'b' }, { repo: 'db' }]) {
      at.now += 1000;
      await at.post(aBody({ ...fields, last_check: iso(at.now) }));
      await afterPause();
    }
    expect(looks).toEqual([]);
    const watched = JSON.stringify({ repos: ['rsyslog'], servers: ['rsyslog-lab'] });
    at.now += 1000;
    await at.post(aDrift(['x', 'y'], { last_check: iso(at.now) }));
    await afterPause();
    expect(looks).toEqual([watched]);
    at.now += 1000;
    await at.post(aBody({ last_check: iso(at.now) }));
    await afterPause();
    expect(looks).toEqual([watched, watched, JSON.stringify({ repos: ['rsyslog'] })]);
    for (const one of same) expect(await one.status).toBe(200);
  });

  test('has room for half of the allowed connections; the next one gets 503', async () => {
    at = startService({ GITOPS_STATUS_MAX_CONNECTIONS: '6' });
    spy();
    const all = [await wait('wait=300'), await wait('repo=a&wait=300'), await wait('repo=b&wait=300')];
    const answer = await (await wait('wait=300')).answer;
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '1']);
    all[0]?.leave();
    expect((await wait('wait=300')).isAnswered).toBe(false);
  });
});
