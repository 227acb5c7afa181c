import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { DomainError } from '../../../src/domain/errors.ts';
import type { GateQuestion } from '../../../src/domain/questions/gate.ts';
import type { TargetFilter } from '../../../src/domain/questions/reader.ts';
import type { Target } from '../../../src/domain/target.ts';
import type { Watcher } from '../../../src/events/watchers.ts';
import type { Answer } from '../../../src/http/ask.ts';
import { WaitingGates } from '../../../src/http/gates/waiting-gates.ts';
import { NOON } from '../../fixtures.ts';

const WEB: Target = { repo: 'web', server: 'a' };
const DB: Target = { repo: 'db', server: 'b' };

const ALL: GateQuestion = {
  filter: {},
  commit: undefined,
  since: undefined,
  maxAgeMs: undefined,
  expect: undefined,
};

const bare = { headers: [], body: undefined, reason: undefined, freshUntil: undefined };
const OPEN: Answer = { ...bare, status: 200 };
const closedBy = (blockedBy?: Target): Answer => ({ ...bare, status: 409, blockedBy });

describe('closed gates', () => {
  let watcher: Watcher | undefined;
  let gates: WaitingGates;
  /** Each look at a gate, which ends when the test says so. */
  let looks: { path: string; end: (answer: Answer) => void; fail: (error: Error) => void }[];
  let reads: TargetFilter[];
  beforeEach(() => {
    looks = [];
    reads = [];
    watcher = undefined;
    gates = new WaitingGates({
      store: {
        summaries: async (filter) => {
          reads.push(filter);
          return [];
        },
      },
      tail: {
        watch: (one) => {
          watcher = one;
          return () => {
            watcher = undefined;
          };
        },
      },
      clock: () => NOON,
      look: (path) => new Promise((end, fail) => looks.push({ path, end, fail })),
      stopping: () => new Error('stopping'),
    });
  });

  const settled = async () => {
    for (let i = 0; i < 5; i++) await setImmediate();
  };
  const add = async (path = '/gate', question = ALL) => {
    const waiter = { answer: vi.fn(), fail: vi.fn() };
    const request = gates.add(path, question, waiter);
    await settled();
    return { ...waiter, ...request };
  };
  const endLook = async (number: number, answer: Answer) => {
    looks[number]?.end(answer);
    await settled();
  };
  const look = (number: number) => expect.poll(() => looks.length).toBe(number + 1);

  test('are looked at again if the report that opens them came during a look', async () => {
    const { answer } = await add();
    watcher?.changed([WEB]);
    await endLook(0, closedBy(WEB));
    await look(1);
    await endLook(1, OPEN);
    expect(answer).toHaveBeenCalledExactlyOnceWith(OPEN);
  });

  test.each<[string, readonly Target[] | undefined, Target | undefined]>([
    ['of another process, at that time', undefined, WEB],
    ['about any target, if no single one keeps them closed', [DB], undefined],
  ])('are looked at again after a commit %s', async (_, touched, blockedBy) => {
    await add();
    watcher?.changed(touched);
    await endLook(0, closedBy(blockedBy));
    await look(1);
  });

  test('are not looked at again after a commit about another target', async () => {
    const { leave } = await add();
    watcher?.changed([DB]);
    await endLook(0, closedBy(WEB));
    watcher?.changed([DB]);
    const other = await add('/other');
    await look(1);
    expect(looks.map(({ path }) => path)).toEqual(['/gate', '/other']);
    for (const end of [leave, other.leave]) end();
    expect([gates.size, watcher]).toEqual([0, undefined]);
  });

  test('do not answer a request that came during a look: it may know more', async () => {
    const first = await add();
    const second = await add();
    await endLook(0, OPEN);
    expect([first.answer.mock.calls, second.answer.mock.calls]).toEqual([[[OPEN]], []]);
    await look(1);
    await endLook(1, closedBy(WEB));
    expect(second.answer).not.toHaveBeenCalled();
    second.finish();
    await look(2);
    await endLook(2, closedBy(WEB));
    expect(second.answer).toHaveBeenCalledExactlyOnceWith(closedBy(WEB));
  });

  test('are looked at later if others ask too much, until the time is over', async () => {
    const { answer, fail, finish } = await add();
    const busy = new DomainError('overloaded', 'Too many questions.');
    looks[0]?.fail(busy);
    await look(1);
    expect(fail).not.toHaveBeenCalled();
    finish();
    looks[1]?.fail(busy);
    await settled();
    expect([fail.mock.calls, answer.mock.calls, gates.size]).toEqual([[[busy]], [], 0]);
  });

  test('fail if the look has failed', async () => {
    const { fail } = await add();
    const error = new Error('disk I/O error');
    looks[0]?.fail(error);
    await settled();
    expect([fail.mock.calls, gates.size, watcher]).toEqual([[[error]], 0, undefined]);
  });

  test('learn by one query together about the targets that they watch', async () => {
    for (const [number, target] of [WEB, DB].entries()) {
      await add(`/${target.repo}`);
      await look(number);
      await endLook(number, closedBy(target));
    }
    watcher?.changed(undefined);
    await expect.poll(() => reads).toEqual([{ repos: ['web', 'db'], servers: ['a', 'b'] }]);
  });
});
