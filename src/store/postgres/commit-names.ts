import { shorterNames } from '../../domain/commit.ts';
import type { Session } from './session.ts';
import { statement } from './statement.ts';

// All of these are seeks in `period_commit`: (commit, target_id, started_at).

interface Between {
  readonly text: string;
  readonly end: string;
  readonly shorter: readonly string[];
}

/** Each name once, from one to the next in the order of the index. */
const RELATED = statement<Between, { name: string }>(`
  WITH RECURSIVE longer AS (
    (SELECT "commit" FROM period WHERE "commit" > :text AND "commit" < :end ORDER BY "commit" LIMIT 1)
    UNION ALL
    SELECT (SELECT p."commit" FROM period p WHERE p."commit" > l."commit" AND p."commit" < :end
      ORDER BY p."commit" LIMIT 1) FROM longer l WHERE l."commit" IS NOT NULL)
  SELECT "commit" AS name FROM longer WHERE "commit" IS NOT NULL
  UNION ALL
  SELECT w.name FROM unnest(:shorter::text[]) AS w(name)
  WHERE EXISTS (SELECT 1 FROM period p WHERE p."commit" = w.name COLLATE "C")`);

/** Sorts after every character that the name of a commit goes on with. */
const LAST = '\u{10ffff}';

/** The names in the periods that are over: those that begin with a text, and those that the text begins with. */
export async function relatedNames(session: Session, text: string): Promise<readonly string[]> {
  const asked = { text, end: text + LAST, shorter: [...shorterNames(text), text] };
  return (await session.all(RELATED, asked)).map(({ name }) => name);
}
