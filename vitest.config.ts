import { defineConfig } from 'vitest/config';
import { atFullLength } from './test/full-length.ts';
import { WaitingFirst } from './test/waiting-first.ts';

const MINUTE_MS = 60_000;
/** For the slowest machine: tests wait for what they expect, never for a time. A limit only ends one that hangs. */
const PATIENCE_MS = atFullLength(60 * MINUTE_MS, { otherwise: 5 * MINUTE_MS });

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: atFullLength([], { otherwise: ['test/**/*.full.test.ts'] }),
    globalSetup: ['test/build-dist.ts', 'test/postgres-cluster.ts'],
    testTimeout: PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    expect: { poll: { timeout: MINUTE_MS, interval: 20 } },
    // Files of a worker share its modules: importing them again takes longer than most of the tests.
    isolate: false,
    // Many tests mostly wait for a process, so there are more at once than most machines have cores.
    maxWorkers: 4,
    sequence: { sequencer: WaitingFirst },
    maxConcurrency: 2,
  },
});
