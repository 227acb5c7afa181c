import type Sqlite from 'better-sqlite3';
import { USE_NOTED_EVERY_MS } from './interning.ts';

/** The number of rows that one step reads. It is small, because a finding or a source may be as large as a report. */
const ROWS = 50;

/**
 * `last_used_at` is up to a day late, and reports from before the horizon are no longer recorded. Twice a day is a safe
 * margin.
 */
const USE_MARGIN_MS = 2 * USE_NOTED_EVERY_MS;

/** The last id of a step. */
const upTo = (table: 'finding' | 'source') => `
  SELECT max(id) FROM (SELECT id FROM ${table} WHERE id > ? ORDER BY id LIMIT ${ROWS})`;

/**
 * By `period_finding`: the period of a report refers to the same finding, unless it is the current one. The row with
 * the last id always stays, so that no id is reused: caches may still have it.
 */
const UNNAMED_FINDINGS = `
  SELECT id FROM finding WHERE id > :after AND id <= :upTo AND id < (SELECT max(id) FROM finding)
    AND NOT EXISTS (SELECT 1 FROM period p WHERE p.finding_id = finding.id)`;
const REMOVE_FINDING = 'DELETE FROM finding WHERE id = ?';

const OLD_SOURCES = `
  SELECT id FROM source
  WHERE id > :after AND id <= :upTo AND id < (SELECT max(id) FROM source) AND last_used_at < :usedBefore`;
const REMOVE_SOURCE = 'DELETE FROM source WHERE id = ?';

/** `target_status` has no index for this. It is read completely, but only if there is something to remove. */
const currentlyNamed = (column: 'finding_id' | 'source_id') => `
  SELECT DISTINCT ${column} FROM target_status WHERE ${column} IN (SELECT value FROM json_each(?))`;
const ALL_CURRENT_FINDINGS = 'SELECT DISTINCT finding_id FROM target_status';

type Step = { after: number; upTo: number };

/** Removes findings and sources without references, a few per step, by id. */
export class OrphanPruning {
  readonly #findingsUpTo;
  readonly #sourcesUpTo;
  readonly #unnamedFindings;
  readonly #oldSources;
  readonly #removeFinding;
  readonly #removeSource;
  readonly #allCurrentFindings;
  readonly #currentFindings;
  readonly #currentSources;

  constructor(client: Sqlite.Database) {
    const ids = <P extends unknown[]>(statement: string) => client.prepare<P, number>(statement).pluck();
    this.#findingsUpTo = client.prepare<[number], number | null>(upTo('finding')).pluck();
    this.#sourcesUpTo = client.prepare<[number], number | null>(upTo('source')).pluck();
    this.#unnamedFindings = ids<[Step]>(UNNAMED_FINDINGS);
    this.#oldSources = ids<[Step & { usedBefore: number }]>(OLD_SOURCES);
    this.#removeFinding = client.prepare<[number]>(REMOVE_FINDING);
    this.#removeSource = client.prepare<[number]>(REMOVE_SOURCE);
    this.#allCurrentFindings = ids<[]>(ALL_CURRENT_FINDINGS);
    this.#currentFindings = ids<[string]>(currentlyNamed('finding_id'));
    this.#currentSources = ids<[string]>(currentlyNamed('source_id'));
  }

  *findingSteps(): Generator<{ findings: number }, void> {
    // What is named now is no candidate, so only real candidates are looked for again at their removal.
    const named = new Set(this.#allCurrentFindings.all());
    for (const step of stepsThrough(this.#findingsUpTo)) {
      const unnamed = this.#unnamedFindings.all(step).filter((id) => !named.has(id));
      const orphans = without(unnamed, this.#currentFindings);
      for (const id of orphans) this.#removeFinding.run(id);
      yield { findings: orphans.length };
    }
  }

  /** `named` has those that reports from before the horizon name. Those named since have a later last use. */
  *sourceSteps(reportsBefore: number, named: ReadonlySet<number>): Generator<{ sources: number }, void> {
    const usedBefore = reportsBefore - USE_MARGIN_MS;
    for (const step of stepsThrough(this.#sourcesUpTo)) {
      const old = this.#oldSources.all({ ...step, usedBefore }).filter((id) => !named.has(id));
      const orphans = without(old, this.#currentSources);
      for (const id of orphans) this.#removeSource.run(id);
      yield { sources: orphans.length };
    }
  }
}

/** The ids except for those that are named in this same transaction. */
function without(ids: readonly number[], named: Sqlite.Statement<[string], number>): readonly number[] {
  if (ids.length === 0) return ids;
  const current = new Set(named.all(JSON.stringify(ids)));
  return ids.filter((id) => !current.has(id));
}

function* stepsThrough(upToAfter: Sqlite.Statement<[number], number | null>): Generator<Step, void> {
  let after = 0;
  for (let upTo = upToAfter.get(after); upTo != null; upTo = upToAfter.get(after)) {
    yield { after, upTo };
    after = upTo;
  }
}
