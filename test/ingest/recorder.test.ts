import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { createRecorder } from '../../src/ingest/recorder.ts';
import { report, SlowStore, settled } from './slow-store.ts';

describe('the recorder', () => {
  test('refuses what would wait beyond the limit, takes it again later, and loses nothing meanwhile', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const recorder = createRecorder({ store, maxQueuedReports: 3 });
    const waiting = [recorder.submit([report(1)]), recorder.submit([report(2), report(3)])];
    await expect(recorder.submit([report(4)])).rejects.toMatchObject({ code: 'overloaded' });
    expect(await recorder.submit([report(4)]).catch((error) => error)).toBeInstanceOf(DomainError);
    store.isSlow = false;
    store.finish();
    await Promise.all(waiting);
    await expect(recorder.submit([report(4), report(5), report(6)])).resolves.toHaveLength(3);
  });

  test('what could not be stored does not wait any more', async () => {
    const store = new SlowStore();
    store.failure = new DomainError('unavailable', 'The disk is full.');
    const recorder = createRecorder({ store, maxQueuedReports: 1 });
    await expect(recorder.submit([report(1)])).rejects.toBe(store.failure);
    store.failure = undefined;
    await expect(recorder.submit([report(1)])).resolves.toHaveLength(1);
  });

  test('is idle when nothing waits any more', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const recorder = createRecorder({ store, maxQueuedReports: 100 });
    const submitted = recorder.submit([report(1)]);
    let idle = false;
    const waited = recorder.idle().then(() => {
      idle = true;
    });
    await settled();
    expect(idle).toBe(false);
    store.finish();
    await Promise.all([submitted, waited]);
    await expect(recorder.idle()).resolves.toBeUndefined();
  });
});
