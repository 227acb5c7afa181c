import type Sqlite from 'better-sqlite3';
import { shorterNames } from '../../domain/commit.ts';
import { prepared } from './prepared.ts';
import type { BetweenSlices } from './slices.ts';

// All of these are seeks in `period_commit`: (commit, target_id, started_at).

/** The next commit in the order of the index. */
const NEXT_COMMIT = `
  SELECT "commit" FROM period INDEXED BY period_commit
  WHERE "commit" > :after AND "commit" < :end AND "commit" IS NOT NULL ORDER BY "commit" LIMIT 1`;

const IS_COMMIT = `
  SELECT 1 FROM period INDEXED BY period_commit WHERE "commit" = :commit AND "commit" IS NOT NULL LIMIT 1`;

/** The next target with a commit. */
const NEXT_TARGET = `
  SELECT target_id FROM period INDEXED BY period_commit
  WHERE "commit" = :commit AND "commit" IS NOT NULL AND target_id > :after ORDER BY target_id LIMIT 1`;

/** Sorts after every character that can follow in the name of a commit. */
const LAST = '\u{10ffff}';

/** The names in ended periods that begin with a text, or are prefixes of it. */
export function relatedNames(
  client: Sqlite.Database,
  text: string,
  betweenSlices: BetweenSlices,
): readonly string[] {
  const isCommit = prepared<[{ commit: string }], number>(client, IS_COMMIT).pluck();
  const next = prepared<[{ after: string; end: string }], string>(client, NEXT_COMMIT).pluck();
  const names = [...shorterNames(text), text].filter((commit) => isCommit.get({ commit }) !== undefined);
  const end = text + LAST;
  for (let name = next.get({ after: text, end }); name !== undefined; name = next.get({ after: name, end })) {
    betweenSlices();
    names.push(name);
  }
  return names;
}

/** The targets that have a period with a commit, each by one seek. */
export function* targetsWith(
  client: Sqlite.Database,
  commit: string,
  betweenSlices: BetweenSlices,
): Generator<number, void> {
  const next = prepared<[{ commit: string; after: number }], number>(client, NEXT_TARGET).pluck();
  for (let id = next.get({ commit, after: 0 }); id !== undefined; id = next.get({ commit, after: id })) {
    betweenSlices();
    yield id;
  }
}
