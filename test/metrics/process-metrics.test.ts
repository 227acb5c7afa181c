import perfHooks from 'node:perf_hooks';
import { expect, test, vi } from 'vitest';
import { createServerMetrics } from '../../src/metrics/server-metrics.ts';

test('servers of one process expose its metrics, each beside its own, and start no timer for each of them', async () => {
  const timers = vi.spyOn(perfHooks, 'monitorEventLoopDelay');
  try {
    const [first, second] = [createServerMetrics('1.0.0'), createServerMetrics('2.0.0')];
    first.requestsWait(7);
    for (const [metrics, version, waiting] of [
      [first, '1.0.0', 7],
      [second, '2.0.0', 0],
    ] as const) {
      const text = await metrics.expose();
      expect(text.match(/^process_cpu_seconds_total /gm)).toHaveLength(1);
      expect(text).toContain(`build_info{version="${version}"`);
      expect(text).toContain(`gitops_status_server_waiting_requests ${waiting}\n`);
    }
    expect(timers.mock.calls.length).toBeLessThanOrEqual(1);
  } finally {
    timers.mockRestore();
  }
});
