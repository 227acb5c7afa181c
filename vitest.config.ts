import { defineConfig } from 'vitest/config';

// For the slowest machine: a test waits for what it expects, never for a time, so a limit only ends one that hangs.
const PATIENCE_MS = 120_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build-dist.ts',
    testTimeout: PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS / 2, interval: 20 } },
    // Files of a worker share its modules: importing them anew takes longer than most of the tests.
    isolate: false,
    // Many a test waits for a process most of the time: more at once than most machines have cores.
    maxWorkers: 4,
  },
});
