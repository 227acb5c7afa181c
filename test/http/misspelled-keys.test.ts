import { beforeEach, describe, expect, test } from 'vitest';
import { aBody, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const warningsFor = async (fields: Record<string, unknown>) =>
  ((await (await at.post(aBody(fields))).json()) as { warnings?: string[] }).warnings;

describe('a misspelled key', () => {
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
  ])('%s gets a warning about %s, and is stored', async (key, meant) => {
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

  test('gets its warning in an array too, in the answer to its report', async () => {
    const answers = await (await at.post([aBody({ server: 'a' }), aBody({ server: 'b', Files: [] })])).json();
    expect(answers).toEqual([
      expect.not.objectContaining({ warnings: expect.anything() }),
      expect.objectContaining({ warnings: [expect.stringContaining('"files"')] }),
    ]);
  });

  test('gets ten warnings at most', async () => {
    const fields = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`files${'_'.repeat(i + 1)}`, 1]));
    expect(await warningsFor(fields)).toHaveLength(10);
  });
});

describe('a key that was probably meant for a missing required field', () => {
  const without = (field: string) =>
    Object.fromEntries(Object.entries(aBody({})).filter(([key]) => key !== field));
  const faultsOf = async (fields: object) => {
    const answer = await at.post(fields);
    expect(answer.status).toBe(422);
    return ((await answer.json()) as { errors: unknown }).errors;
  };

  test.each([
    ['lastCheck', 'last_check'],
    ['last-check', 'last_check'],
    ['last_chek', 'last_check'],
    ['syncStatus', 'sync_status'],
    ['SYNC_STATUS', 'sync_status'],
    ['Repo', 'repo'],
    ['repos', 'repo'],
    ['Server', 'server'],
  ])('%s is named if %s is missing', async (sent, field) => {
    const fields = { ...without(field), [sent]: 'x' };
    const fault = { pointer: `/${field}`, detail: `is required; ${sent} was sent: did you mean ${field}?` };
    expect(await faultsOf(fields)).toEqual([fault]);
    expect(await faultsOf([aBody({}), fields])).toEqual([{ ...fault, pointer: `/1/${field}` }]);
  });

  test('is named for all fields at once, and for the name of a file', async () => {
    const fields = {
      Repo: 'a',
      Server: 'b',
      syncStatus: 'OUT_OF_SYNC',
      lastCheck: 'now',
      files: [{ Name: 'f' }],
    };
    expect(await faultsOf(fields)).toEqual([
      { pointer: '/repo', detail: 'is required; Repo was sent: did you mean repo?' },
      { pointer: '/server', detail: 'is required; Server was sent: did you mean server?' },
      { pointer: '/sync_status', detail: 'is required; syncStatus was sent: did you mean sync_status?' },
      { pointer: '/files/0/name', detail: 'is required; Name was sent: did you mean name?' },
      { pointer: '/last_check', detail: 'is required; lastCheck was sent: did you mean last_check?' },
    ]);
  });

  test('is not named if it is not similar, or if the field itself was sent', async () => {
    const fields = { ...without('last_check'), checked: 'x', drift_counts: 1 };
    expect(await faultsOf(fields)).toEqual([{ pointer: '/last_check', detail: 'is required' }]);
    const [fault] = (await faultsOf(aBody({ repo: '', Repo: 'a' }))) as { detail: string }[];
    expect(fault?.detail).not.toContain('did you mean');
  });
});
