import { USE_NOTED_EVERY_MS } from './interning.ts';
import type { Session } from './session.ts';
import { command, statement } from './statement.ts';

/** The number of rows that one step reads. It is small, because a finding or a source may be as large as a report. */
const ROWS = 50;

/** `last_used_at` is up to a day late. Twice that is a safe margin for what is being recorded now. */
const USE_MARGIN_MS = 2 * USE_NOTED_EVERY_MS;

interface Step {
  readonly after: number;
  readonly usedBefore: number;
}

type Ids = { readonly ids: readonly number[] };
type Row = { readonly id: number };

/** A range of the key. */
const next = (table: 'finding' | 'source') =>
  statement<{ after: number }, Row & { lastUsedAt: number }>(
    `SELECT id, last_used_at AS "lastUsedAt" FROM ${table} WHERE id > :after ORDER BY id LIMIT ${ROWS}`,
  );

/**
 * Of these, what the current periods name, and the reports that stay from before the horizon: there is no index for it, so
 * both tables are read completely.
 */
const currentlyNamed = (column: 'finding_id' | 'source_id') =>
  statement<Ids, Row>(`
    SELECT ${column} AS id FROM target_status WHERE ${column} = ANY (:ids::bigint[])
    UNION SELECT ${column} FROM kept_chunk WHERE ${column} = ANY (:ids::bigint[])`);

type Removal = Ids & { readonly usedBefore: number };

/** One that is just being used stays: the removal waits for its row, and looks again. */
const REMOVE = {
  /** By `period_finding`: the period of a report refers to the same finding, unless it is the current one. */
  finding: command<Removal, Row>(`
    DELETE FROM finding WHERE id = ANY (:ids::bigint[]) AND last_used_at < :usedBefore
      AND NOT EXISTS (SELECT 1 FROM period p WHERE p.finding_id = finding.id) RETURNING id`),
  source: command<Removal, Row>(
    'DELETE FROM source WHERE id = ANY (:ids::bigint[]) AND last_used_at < :usedBefore RETURNING id',
  ),
};
const NEXT = { finding: next('finding'), source: next('source') };
const CURRENT = { finding: currentlyNamed('finding_id'), source: currentlyNamed('source_id') };

/** Removes some findings or sources without references. `after`: where the step before ended; undefined at the end. */
export async function removeOrphans(
  session: Session,
  kind: 'finding' | 'source',
  { after, usedBefore: before }: Step,
): Promise<{ readonly count: number; readonly after: number | undefined }> {
  const usedBefore = before - USE_MARGIN_MS;
  const rows = await session.all(NEXT[kind], { after });
  const old = rows.filter(({ lastUsedAt }) => lastUsedAt < usedBefore);
  const ids = old.map(({ id }) => id);
  const current = new Set(
    ids.length === 0 ? [] : (await session.all(CURRENT[kind], { ids })).map(({ id }) => id),
  );
  const orphans = ids.filter((id) => !current.has(id));
  const gone = orphans.length === 0 ? [] : await session.all(REMOVE[kind], { ids: orphans, usedBefore });
  return { count: gone.length, after: rows.at(-1)?.id };
}
