import { expect, test } from 'vitest';
import { integrityJob } from '../../src/jobs/integrity.ts';
import { createHealth, type Verdict } from '../../src/store/health.ts';
import { NOON } from '../fixtures.ts';

function scene(verdicts: readonly Verdict[]) {
  const left = [...verdicts];
  const told: object[] = [];
  const checkedAt: number[] = [];
  const health = createHealth({ replaced: () => undefined });
  const log = { info: () => undefined, error: (fields: object) => told.push(fields) };
  const job = integrityJob({
    check: async () => left.shift() ?? { kind: 'sound' },
    health,
    metrics: { integrityChecked: (at) => checkedAt.push(at) },
    clock: () => NOON,
    log,
  });
  return { health, told, checkedAt, run: (signal = new AbortController().signal) => job.run(signal) };
}

test('the problems of a check stay until another one has read everything and found nothing', async () => {
  const { health, told, checkedAt, run } = scene([
    { kind: 'sound' },
    { kind: 'damaged', problems: ['page 7'] },
    { kind: 'unfinished', reason: 'it took too long' },
    { kind: 'sound' },
  ]);
  await run();
  expect([health.problem(), checkedAt]).toEqual([undefined, [NOON]]);
  await run();
  expect(health.problem()).toMatch(/The database is damaged/);
  await run();
  expect(health.problem()).toMatch(/The database is damaged/);
  expect(told).toMatchObject([{ problems: ['page 7'] }, { reason: 'it took too long' }]);
  await run();
  expect(health.problem()).toBe(undefined);
});

test('a check that ends because the server stops is no failure', async () => {
  const { told, run } = scene([{ kind: 'unfinished', reason: 'killed' }]);
  await run(AbortSignal.abort());
  expect(told).toEqual([]);
});
