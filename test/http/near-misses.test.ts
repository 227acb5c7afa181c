import { beforeEach, describe, expect, test } from 'vitest';
import { aBody, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const warningsFor = async (fields: Record<string, unknown>) =>
  ((await (await at.post(aBody(fields))).json()) as { warnings?: string[] }).warnings;

describe('a key that was probably meant as another one', () => {
  test.each([
    ['Files', 'files'],
    ['FILES', 'files'],
    ['file', 'files'],
    ['driftCount', 'drift_count'],
    ['DriftCount', 'drift_count'],
    ['drift-count', 'drift_count'],
    ['drift.count', 'drift_count'],
    ['drift count', 'drift_count'],
    ['drift_counts', 'drift_count'],
    ['driftcount', 'drift_count'],
    ['drfit_count', 'drift_count'],
    ['expected_interval', 'expected_interval_s'],
    ['expectedInterval', 'expected_interval_s'],
    ['expected_interval_seconds', 'expected_interval_s'],
    ['expectedIntervalS', 'expected_interval_s'],
    ['expected-interval-s', 'expected_interval_s'],
    ['stale_after', 'stale_after_s'],
    ['staleAfterS', 'stale_after_s'],
    ['stale_after_ms', 'stale_after_s'],
    ['duration', 'duration_ms'],
    ['duration_s', 'duration_ms'],
    ['durationMs', 'duration_ms'],
    ['lastCheck', 'last_check'],
    ['syncStatus', 'sync_status'],
    ['Sync-Status', 'sync_status'],
    ['runUrl', 'run_url'],
    ['runURL', 'run_url'],
    ['run-url', 'run_url'],
    ['errorKind', 'error_kind'],
    ['Error', 'error'],
    ['errors', 'error'],
    ['takesOver', 'takes_over'],
    ['afterDeploy', 'after_deploy'],
    ['Labels', 'labels'],
    ['label', 'labels'],
    ['Check', 'check'],
    ['Commit', 'commit'],
    ['comit', 'commit'],
    ['branhc', 'branch'],
    ['Repo', 'repo'],
    ['Server', 'server'],
    ['severr', undefined],
  ])('%s is answered with a warning about %s, and kept', async (key, meant) => {
    const warnings = await warningsFor({ [key]: 'x' });
    if (meant === undefined) expect(warnings).toBeUndefined();
    else
      expect(warnings).toEqual([
        expect.stringMatching(new RegExp(`^"${key.replace('.', '\\.')}" .*"${meant}"`)),
      ]);
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ [key]: 'x' }] });
  });

  test.each(['site', 'resources', 'note', 'host', 'task', 'environment', '_', '', '__proto__', 'filesystem'])(
    'is not %s',
    async (key) => {
      expect(await warningsFor(JSON.parse(`{"${key}":1}`))).toBeUndefined();
    },
  );

  test('is warned about in an array too, in the answer of its report', async () => {
    const answers = await (await at.post([aBody({ server: 'a' }), aBody({ server: 'b', Files: [] })])).json();
    expect(answers).toEqual([
      expect.not.objectContaining({ warnings: expect.anything() }),
      expect.objectContaining({ warnings: [expect.stringContaining('"files"')] }),
    ]);
  });

  test('is warned about ten times at most', async () => {
    const fields = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`files${'_'.repeat(i + 1)}`, 1]));
    expect(await warningsFor(fields)).toHaveLength(10);
  });
});
