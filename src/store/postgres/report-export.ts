import type { TargetFilter } from '../../domain/questions/reader.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import type { Reading } from './reading.ts';
import { withContents } from './report-contents.ts';
import { reportPages } from './report-pages.ts';
import { toReport } from './report-rows.ts';
import type { Session } from './session.ts';
import { cachedStatement } from './statement.ts';
import { type FilterParams, filterParams, namedBy } from './target-filter.ts';

/** How many targets are read at once. */
const TARGETS = 1000;

/** Includes deleted targets: their history stays. */
const targetsBy = (filter: TargetFilter) => `
  SELECT t.id, t.repo, t.server FROM target t WHERE ${namedBy(filter)} AND t.id > :after ORDER BY t.id LIMIT ${TARGETS}`;

/**
 * Every report at one moment, by target, in the order of (`checkedAt`, `receivedAt`). Each iteration has its own
 * connection with one read transaction, so it blocks no writer, does not see later writes, and is independent of
 * other iterations.
 */
export async function* everyReport(
  reading: Pick<Reading, 'longSnapshot'>,
  filter: TargetFilter,
): AsyncGenerator<Report, void> {
  const { session, end } = await reading.longSnapshot();
  try {
    for await (const { id, repo, server } of targetsOf(session, filter)) {
      const target = { repo, server };
      for await (const page of reportPages(session, id))
        for await (const some of withContents(session, page))
          for (const [row, contents] of some) yield toReport(row, { target, ...contents });
    }
  } finally {
    await end();
  }
}

type TargetRow = Target & { readonly id: number };

async function* targetsOf(session: Session, filter: TargetFilter): AsyncGenerator<TargetRow, void> {
  const asked = cachedStatement<FilterParams & { after: number }, TargetRow>(targetsBy(filter));
  for (let after: number | undefined = 0; after !== undefined; ) {
    const some: readonly TargetRow[] = await session.all(asked, { ...filterParams(filter), after });
    yield* some;
    after = some.at(-1)?.id;
  }
}
