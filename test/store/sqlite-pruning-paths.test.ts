import type Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { Pruning } from '../../src/store/sqlite/pruning.ts';
import { plansOf } from './query-plans.ts';

describe('pruning', () => {
  let client: Sqlite.Database;
  beforeEach(() => {
    client = openDatabase({ path: ':memory:', version: '0.0.0-test' }).$client;
  });
  afterEach(() => {
    client.close();
  });

  const plans = () => plansOf(client, () => new Pruning(client));

  test('finds everything by a seek, and reads no table that grows with time', () => {
    expect(plans().size).toBeGreaterThan(15);
    const scans = [...plans().values()].flat().filter((step) => /SCAN/.test(step));
    // A row for each target, what a step has read already, and the first rows of the event log.
    const small = /SCAN (t|s|target_status|started|json_each|CONSTANT ROW|\(subquery|event)\b/;
    expect(scans.filter((step) => !small.test(step))).toEqual([]);
  });

  test('looks for the last run of SYNCED among the changes of state', () => {
    const steps = [...plans().entries()]
      .filter(([statement]) => statement.includes('p.starts_state = 1'))
      .flatMap(([, plan]) => plan);
    expect(steps).toContainEqual(
      expect.stringContaining('USING INDEX period_starts_state (target_id=? AND started_at<?)'),
    );
    expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  });

  test('finds purged targets by their missing name', () => {
    const steps = [...plans().entries()]
      .filter(([statement]) => /SELECT min\(id\) FROM target WHERE repo IS NULL/.test(statement))
      .flatMap(([, plan]) => plan);
    expect(steps).toEqual(['SEARCH target USING COVERING INDEX target_name (repo=?)']);
  });
});
