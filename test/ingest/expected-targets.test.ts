import { expect, test } from 'vitest';
import type { Target } from '../../src/domain/target.ts';
import { declareExpected } from '../../src/ingest/expected-targets.ts';
import type { Declaration } from '../../src/store/recording.ts';

const named = (server: string): Target => ({ repo: 'rsyslog', server });

/** What a store was asked, and what was logged about it. */
async function declaring(targets: readonly Target[], answer: (target: Target) => Declaration) {
  const batches: number[] = [];
  const logged: [level: string, fields: object][] = [];
  await declareExpected(targets, {
    store: {
      declareTargets: async (batch) => {
        batches.push(batch.length);
        return batch.map(answer);
      },
    },
    log: {
      info: (fields) => logged.push(['info', fields]),
      error: (fields) => logged.push(['error', fields]),
    },
  });
  return { batches, logged };
}

test('a long list is declared in transactions that are short for other writers', async () => {
  const targets = Array.from({ length: 1200 }, (_, i) => named(`s${i}`));
  const { batches, logged } = await declaring(targets, ({ server }) =>
    server === 's0' ? { kind: 'unchanged' } : { kind: 'declared', similar: [] },
  );
  expect(batches).toEqual([500, 500, 200]);
  expect(logged).toEqual([['info', { targets: 1200, added: 1199 }]]);
});

test('former names, and names similar to others, are logged', async () => {
  const { logged } = await declaring([named('was'), named('Log-1')], ({ server }) =>
    server === 'was'
      ? { kind: 'renamed', target: named('is'), renamedAt: 0 }
      : { kind: 'declared', similar: [named('log-1')] },
  );
  expect(logged).toEqual([
    ['error', { target: named('was'), now: named('is') }],
    ['info', { target: named('Log-1'), similar: [named('log-1')] }],
    ['info', { targets: 2, added: 1 }],
  ]);
});
