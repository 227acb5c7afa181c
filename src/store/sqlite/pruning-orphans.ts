import type Sqlite from 'better-sqlite3';
import type { Horizons } from '../../domain/retention.ts';
import { USE_NOTED_EVERY_MS } from './interning.ts';

/** As many as one step looks at. Few: a finding or a source may be as large as a report may be. */
const ROWS = 50;

/**
 * A report from the horizon on was received at most five minutes before it, and its use noted a day later at the
 * most. Twice that is on the safe side.
 */
const USE_MARGIN_MS = 2 * USE_NOTED_EVERY_MS;

/** Where a step through the ids ends. */
const upTo = (table: 'finding' | 'source') => `
  SELECT max(id) FROM (SELECT id FROM ${table} WHERE id > ? ORDER BY id LIMIT ${ROWS})`;

/**
 * By `period_finding`: what a report names, its period names too. The last id always stays, so that none is ever
 * given to another finding: whoever remembers it from before must not be told of a finding that it was not.
 */
const REMOVE_FINDINGS = `
  DELETE FROM finding WHERE id > :after AND id <= :upTo AND id < (SELECT max(id) FROM finding)
    AND NOT EXISTS (SELECT 1 FROM period p WHERE p.finding_id = finding.id)`;

const OLD_SOURCES = `
  SELECT id FROM source
  WHERE id > :after AND id <= :upTo AND id < (SELECT max(id) FROM source) AND last_used_at < :usedBefore`;
const REMOVE_SOURCE = 'DELETE FROM source WHERE id = ?';

type Step = { after: number; upTo: number };

/** Takes the findings and the sources that nobody names any more, a few at a step, by their ids. */
export class OrphanPruning {
  readonly #findingsUpTo;
  readonly #sourcesUpTo;
  readonly #removeFindings;
  readonly #oldSources;
  readonly #removeSource;

  constructor(client: Sqlite.Database) {
    this.#findingsUpTo = client.prepare<[number], number | null>(upTo('finding')).pluck();
    this.#sourcesUpTo = client.prepare<[number], number | null>(upTo('source')).pluck();
    this.#removeFindings = client.prepare<[Step]>(REMOVE_FINDINGS);
    this.#oldSources = client.prepare<[Step & { usedBefore: number }], number>(OLD_SOURCES).pluck();
    this.#removeSource = client.prepare<[number]>(REMOVE_SOURCE);
  }

  *findingSteps(): Generator<{ findings: number }, void> {
    for (const step of stepsThrough(this.#findingsUpTo)) {
      yield { findings: this.#removeFindings.run(step).changes };
    }
  }

  /**
   * `named`: by reports from before the horizon; nothing is taken where there may be more. Those named since are known
   * by when they were last used.
   */
  *sourceSteps(
    { reportsBefore }: Horizons,
    { named, isAllNamed }: { named: ReadonlySet<number>; isAllNamed: () => boolean },
  ): Generator<{ sources: number }, void> {
    const usedBefore = reportsBefore - USE_MARGIN_MS;
    for (const step of stepsThrough(this.#sourcesUpTo)) {
      if (!isAllNamed()) return;
      const old = this.#oldSources.all({ ...step, usedBefore }).filter((id) => !named.has(id));
      for (const id of old) this.#removeSource.run(id);
      yield { sources: old.length };
    }
  }
}

function* stepsThrough(upToAfter: Sqlite.Statement<[number], number | null>): Generator<Step, void> {
  let after = 0;
  for (let upTo = upToAfter.get(after); upTo != null; upTo = upToAfter.get(after)) {
    yield { after, upTo };
    after = upTo;
  }
}
