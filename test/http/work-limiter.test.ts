import { describe, expect, test } from 'vitest';
import { createWorkLimiter } from '../../src/http/bodies/work-limiter.ts';

const KIB = 1024;

/** Work that continues until it is told to end. */
function scene(maxKib: number) {
  const workLimiter = createWorkLimiter(maxKib * KIB);
  const inside = new Map<string, () => void>();
  const enter = (name: string, kib: number) =>
    workLimiter.run(kib * KIB, async () => {
      await new Promise<void>((end) => inside.set(name, end));
      inside.delete(name);
    });
  const end = async (name: string) => {
    inside.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const names = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return [...inside.keys()];
  };
  return { enter, end, names };
}

describe('the work on bodies', () => {
  test('begins at once for small bodies, however much is being done', async () => {
    const { enter, names } = scene(1000);
    void enter('large', 1000);
    for (let i = 0; i < 50; i++) void enter(`small ${i}`, 64);
    expect(await names()).toHaveLength(51);
  });

  test('waits if bodies are too much together, the smallest first', async () => {
    const { enter, end, names } = scene(1000);
    void enter('a', 900);
    void enter('b', 900);
    void enter('c', 800);
    void enter('d', 90);
    expect(await names()).toEqual(['a', 'd']);
    await end('d');
    expect(await names()).toEqual(['a']);
    await end('a');
    expect(await names()).toEqual(['c']);
    await end('c');
    expect(await names()).toEqual(['b']);
  });

  test('begins even for a single body that is more than the limit', async () => {
    const { enter, names } = scene(1000);
    void enter('huge', 2000);
    expect(await names()).toEqual(['huge']);
  });

  test('that fails lets the next one begin', async () => {
    const workLimiter = createWorkLimiter(100 * KIB);
    const failed = workLimiter.run(100 * KIB, async () => Promise.reject(new Error('no')));
    const next = workLimiter.run(100 * KIB, async () => 'done');
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('done');
  });
});
