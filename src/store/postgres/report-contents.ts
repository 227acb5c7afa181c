import type { FindingContent } from '../../domain/finding.ts';
import { toFinding } from '../row-values.ts';
import { FINDINGS } from './finding-reader.ts';
import { type CheckRow, SOURCE_NAMES, type SourceFields, type SourceRow, toSource } from './report-rows.ts';
import { sources } from './schema.ts';
import type { Session } from './session.ts';
import { statement } from './statement.ts';
import { selectList } from './table-columns.ts';

/** What a report shares with others. */
export interface Contents {
  readonly finding: FindingContent;
  readonly source: SourceFields;
  /** How long the texts of its lists are. */
  readonly characters: number;
}

/** How many findings, and how many sources, are in memory at a time: each may be as large as a report. */
const AT_ONCE = 32;

/** By its key. */
const SOURCES = statement<{ ids: readonly number[] }, SourceRow & { id: number }>(`
  SELECT c.id, ${selectList(sources, 'c', SOURCE_NAMES)} FROM source c WHERE c.id = ANY (:ids::bigint[])`);

/**
 * Reports with what they share with others, some at a time: no more than together have a few findings and sources, which
 * are read once.
 */
export async function* withContents<R extends CheckRow>(
  session: Session,
  rows: readonly R[],
): AsyncGenerator<readonly (readonly [R, Contents])[], void> {
  for (const { reports, findingIds, sourceIds } of withFewContents(rows)) {
    const [findings, sources] = await Promise.all([
      session.all(FINDINGS, { ids: [...findingIds] }),
      session.all(SOURCES, { ids: [...sourceIds] }),
    ]);
    const findingOf = new Map(findings.map((row) => [row.id, { ...row, finding: toFinding(row) }]));
    const sourceOf = new Map(sources.map((row) => [row.id, { ...row, source: toSource(row) }]));
    yield reports.map((row) => {
      const [found, from] = [findingOf.get(row.findingId), sourceOf.get(row.sourceId)];
      if (found === undefined || from === undefined) throw new Error('What a report names must be there.');
      const characters = found.files.length + from.extra.length;
      return [row, { finding: found.finding, source: from.source, characters }];
    });
  }
}

interface Some<R> {
  readonly reports: R[];
  readonly findingIds: Set<number>;
  readonly sourceIds: Set<number>;
}

function* withFewContents<R extends CheckRow>(rows: readonly R[]): Generator<Some<R>, void> {
  const none = (): Some<R> => ({ reports: [], findingIds: new Set(), sourceIds: new Set() });
  let some = none();
  for (const row of rows) {
    const isFull =
      (some.findingIds.size === AT_ONCE && !some.findingIds.has(row.findingId)) ||
      (some.sourceIds.size === AT_ONCE && !some.sourceIds.has(row.sourceId));
    if (isFull) {
      yield some;
      some = none();
    }
    some.reports.push(row);
    some.findingIds.add(row.findingId);
    some.sourceIds.add(row.sourceId);
  }
  if (some.reports.length > 0) yield some;
}
