import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Many a test waits for a process most of the time: more at once than most machines have cores.
    maxWorkers: 4,
  },
});
