import { beforeEach, describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { DAY } from '../fixtures.ts';
import { aBody, startService, type TestService } from './service.ts';

const SECOND = 1000;
const CLIENTS = 200;

describe('readiness, asked without pause', () => {
  let at: TestService;
  let app: ReturnType<TestService['appWith']>;
  let probes: number;
  /** The results of the next probes. */
  let outcome: () => Promise<void>;
  beforeEach(() => {
    at = startService();
    probes = 0;
    outcome = async () => undefined;
    const probe = () => {
      probes++;
      return outcome();
    };
    app = at.appWith({ store: { ...at.service.store, probe } });
  });

  const statuses = async (clients = CLIENTS) => {
    const paths = Array.from({ length: clients }, (_, i) => (i % 2 === 0 ? '/readyz' : '/-/ready'));
    const answers = await Promise.all(paths.map((path) => app.request(path)));
    return [...new Set(answers.map(({ status }) => status))];
  };
  const fail = async () => {
    throw new DomainError('unavailable', 'The disk is full.');
  };

  test('all requests during a probe share it, however long it takes', async () => {
    let end = () => {};
    outcome = () =>
      new Promise((resolve) => {
        end = resolve;
      });
    const first = statuses();
    await expect.poll(() => probes).toBe(1);
    at.now += DAY;
    const second = statuses();
    end();
    expect([await first, await second, probes]).toEqual([[200], [200], 1]);
  });

  test('its result counts for a second from its end, and then there is another one', async () => {
    for (const passed of [0, SECOND - 1]) {
      at.now += passed;
      expect(await statuses()).toEqual([200]);
    }
    expect(probes).toBe(1);
    at.now += 1;
    expect(await statuses()).toEqual([200]);
    expect(probes).toBe(2);
  });

  test('a failure is noticed within a second, shared like a success, and over within a second', async () => {
    expect(await statuses()).toEqual([200]);
    outcome = fail;
    at.now += SECOND;
    expect([await statuses(), probes]).toEqual([[503], 2]);
    outcome = async () => undefined;
    at.now += SECOND - 1;
    expect([await statuses(), probes]).toEqual([[503], 2]);
    at.now += 1;
    expect([await statuses(), probes]).toEqual([[200], 3]);
  });

  test('nothing counts for longer if the clock is turned back', async () => {
    expect(await statuses(1)).toEqual([200]);
    outcome = fail;
    at.now -= DAY;
    expect([await statuses(1), probes]).toEqual([[503], 2]);
  });
});

test('a server that was told to stop is not ready, and answers everything else as before', async () => {
  const at = startService();
  at.service.announceStop();
  for (const path of ['/readyz', '/-/ready']) {
    const answer = await at.get(path);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { detail: 'The server is about to stop.' },
    ]);
  }
  expect((await at.get('/healthz')).status).toBe(200);
  expect((await at.post(aBody())).status).toBe(201);
});
