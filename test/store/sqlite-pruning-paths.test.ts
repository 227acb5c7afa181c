import type Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { Pruning } from '../../src/store/sqlite/pruning.ts';
import { pruningRefusal } from '../../src/store/sqlite/pruning-refusal.ts';

describe('pruning', () => {
  let client: Sqlite.Database;
  beforeEach(() => {
    client = openDatabase({ path: ':memory:', version: '0.0.0-test' }).$client;
  });
  afterEach(() => {
    client.close();
  });

  /** How SQLite goes about every statement that is prepared meanwhile. */
  const plansOf = (prepareAll: () => void): Map<string, string[]> => {
    const prepare = vi.spyOn(client, 'prepare');
    prepareAll();
    const statements = prepare.mock.calls.map(([statement]) => statement);
    prepare.mockRestore();
    const explain = (statement: string) =>
      client
        .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${statement.replace(/:[a-zA-Z_]+|\?/g, '1')}`)
        .all()
        .map(({ detail }) => detail);
    return new Map(statements.map((statement) => [statement, explain(statement)]));
  };

  test('finds everything by a seek, and reads no table that grows with time', () => {
    const plans = plansOf(() => {
      new Pruning(client);
      pruningRefusal(client);
    });
    expect(plans.size).toBeGreaterThan(10);
    const scans = [...plans.values()].flat().filter((step) => /SCAN (?!\(|opened|known)/.test(step));
    expect(scans).toEqual([]);
  });

  test('looks for the last run of SYNCED among the changes of state', () => {
    const steps = [...plansOf(() => new Pruning(client)).entries()]
      .filter(([statement]) => statement.includes('opens_state = 1'))
      .flatMap(([, plan]) => plan);
    expect(steps).toContainEqual(
      expect.stringContaining('USING INDEX period_opens_state (target_id=? AND started_at<?)'),
    );
    expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  });
});
