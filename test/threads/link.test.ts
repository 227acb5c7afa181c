import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { HandedOver, Link } from '../../src/threads/link.ts';

const REFUSAL = new DomainError('invalid', 'no such file', {
  faults: [{ pointer: '/files/0', detail: 'is not there' }],
  cause: new Error('the disk said so'),
});

const bytes = new ArrayBuffer(8);

const far = {
  double: (n: number) => n * 2,
  slowly: async (text: string) => `${text} in the end`,
  refuse: () => Promise.reject(REFUSAL),
  stumble: () => {
    throw new TypeError('a bug');
  },
  never: () => new Promise<string>(() => undefined),
  give: () => new HandedOver({ bytes }, [bytes]),
};

describe('a link between two threads', () => {
  let channel: MessageChannel;
  let link: Link<typeof far>;
  beforeEach(() => {
    channel = new MessageChannel();
    new Link(channel.port2, far);
    link = new Link<typeof far>(channel.port1);
  });
  afterEach(async () => {
    const closed = once(channel.port1, 'close');
    channel.port1.close();
    await closed;
  });

  test('gives each caller its own answer, whatever order they come in', async () => {
    const calls = [link.call('slowly', 'late'), link.call('double', 4), link.call('slowly', 'later')];
    await expect(Promise.all(calls)).resolves.toEqual(['late in the end', 8, 'later in the end']);
  });

  test('a domain error arrives as what it is, and with what caused it', async () => {
    const error = await link.call('refuse').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'invalid', message: 'no such file', faults: REFUSAL.faults });
    expect(String((error as Error).stack)).toContain('the disk said so');
  });

  test('a bug stays a bug', async () => {
    const error = await link.call('stumble').catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ message: 'a bug' });
  });

  test('what is handed over is not copied: the giver has it no more', async () => {
    const given = await link.call('give');
    expect(given.bytes.byteLength).toBe(8);
    expect(bytes.byteLength).toBe(0);
  });

  test('lets down those who wait or call once there is nobody at the other end', async () => {
    const waiting = link.call('never');
    link.hangUp(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(link.call('double', 1)).rejects.toThrow('gone');
  });
});
