import { describe, expect, test } from 'vitest';
import { startThread } from '../../src/threads/start-thread.ts';
import type { CrashingVerbs } from './crashing-thread.ts';

const MODULE = new URL('./crashing-thread.ts', import.meta.url);

describe('a thread that ends by itself', () => {
  test('fails the service, and lets down everybody who waits for it or calls it later', async () => {
    const thread = startThread<CrashingVerbs>(MODULE, { data: {} });
    await thread.ready;
    const waiting = expect(thread.link.call('wait')).rejects.toThrow('ended by itself');
    const crashing = expect(thread.link.call('crash')).rejects.toThrow('ended by itself');
    await expect(thread.failed).rejects.toThrow('a bug in the thread');
    await Promise.all([waiting, crashing]);
    await expect(thread.link.call('wait')).rejects.toThrow('ended by itself');
  });

  test('is no failure where it was ended on purpose', async () => {
    const thread = startThread<CrashingVerbs>(MODULE, { data: {} });
    await thread.ready;
    await thread.end();
    const outcome = await Promise.race([thread.failed.catch(() => 'failed'), Promise.resolve('quiet')]);
    expect(outcome).toBe('quiet');
  });
});
