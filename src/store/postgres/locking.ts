import type { FormerName } from '../../domain/record/facts.ts';
import { type Target, targetKey } from '../../domain/target.ts';
import { arrayText } from './array-text.ts';
import { Outdated } from './failure.ts';
import { databaseClock } from './node-row.ts';
import type { Session } from './session.ts';
import { statement } from './statement.ts';
import { isKnown, STORED_TARGET, type StoredTarget, type TargetRow, toStoredTarget } from './target-table.ts';
import type { Transaction } from './transaction.ts';

/** Arrays, as text. */
interface Names {
  readonly repos: string;
  readonly servers: string;
}

const ASKED = 'unnest(:repos::text[], :servers::text[]) AS w(repo, server)';
/** Equal names, by the bytes: by `target_name`, and the key of `former_name`. */
const IS_NAMED = 't.repo = w.repo COLLATE "C" AND t.server = w.server COLLATE "C"';
const WAS_NAMED = 'f.repo = w.repo COLLATE "C" AND f.server = w.server COLLATE "C"';

/**
 * Makes rows for names that nothing has: there is nothing else that could be locked. Ids are in the order of arrival, and
 * rows are written in the order of the names, as all do it: so two transactions never wait for each other.
 */
const CREATE = statement<Names, { id: number }>(`
  WITH fresh AS MATERIALIZED (
    SELECT nextval('target_id_seq') AS id, repo, server FROM (
      SELECT w.repo, w.server FROM unnest(:repos::text[], :servers::text[]) WITH ORDINALITY AS w(repo, server, place)
      WHERE NOT EXISTS (SELECT 1 FROM target t WHERE ${IS_NAMED})
        AND NOT EXISTS (SELECT 1 FROM former_name f WHERE ${WAS_NAMED})
      ORDER BY w.place) AS missing),
  made AS (
    INSERT INTO target (id, repo, server) OVERRIDING SYSTEM VALUE
    SELECT id, repo, server FROM fresh ORDER BY repo COLLATE "C", server COLLATE "C"
    ON CONFLICT DO NOTHING RETURNING id)
  INSERT INTO target_status (target_id) SELECT id FROM made RETURNING target_id AS id`);

/** The targets that have the names, or had them. */
const MEANT = `
  SELECT t.id FROM ${ASKED} JOIN target t ON ${IS_NAMED}
  UNION SELECT f.target_id FROM ${ASKED} JOIN former_name f ON ${WAS_NAMED}`;

/** In the order of the ids, as all do it: so two transactions never wait for each other. */
const lock = (meant: string) =>
  `SELECT target_id AS id FROM target_status WHERE target_id IN (${meant}) ORDER BY target_id FOR NO KEY UPDATE`;

const LOCK = statement<Names, { id: number }>(lock(MEANT));
const LOAD = statement<Names, TargetRow>(`${STORED_TARGET} WHERE t.id IN (${MEANT})`);

const IDS = 'SELECT unnest(:ids::bigint[])';
const LOCK_IDS = statement<{ ids: readonly number[] }, { id: number }>(lock(IDS));
const LOAD_IDS = statement<{ ids: readonly number[] }, TargetRow>(`${STORED_TARGET} WHERE t.id IN (${IDS})`);

interface FormerRow extends Target {
  readonly formerRepo: string;
  readonly formerServer: string;
  readonly renamedAt: number;
}

const FORMER = statement<Names, FormerRow>(`
  SELECT f.repo AS "formerRepo", f.server AS "formerServer", t.repo, t.server, f.renamed_at AS "renamedAt"
  FROM ${ASKED} JOIN former_name f ON ${WAS_NAMED} JOIN target t ON t.id = f.target_id`);

const REMOVE = statement<{ ids: readonly number[] }>(`
  WITH gone AS (DELETE FROM target_status WHERE target_id = ANY (:ids::bigint[]))
  DELETE FROM target WHERE id = ANY (:ids::bigint[])`);

/** Targets that no other transaction can change until the end of this one, as they are since they were locked. */
export class LockedTargets {
  readonly #byName: ReadonlyMap<string, StoredTarget>;
  readonly #former: ReadonlyMap<string, FormerName>;
  readonly #made: ReadonlySet<number>;
  readonly #asked: ReadonlySet<string>;
  /** Epoch milliseconds, by the clock of the database, after the lock. */
  readonly now: number;

  constructor({ byName, former, made, asked, now }: Loaded) {
    this.#asked = asked;
    this.#byName = byName;
    this.#former = former;
    this.#made = made;
    this.now = now;
  }

  /** Undefined if there is none of that name. */
  get(target: Target): StoredTarget | undefined {
    const stored = this.#byName.get(targetKey(target));
    return stored !== undefined && isKnown(stored) ? stored : undefined;
  }

  former(target: Target): FormerName | undefined {
    return this.#former.get(targetKey(target));
  }

  /** The id of a target that is written, also if it is new. Throws if the name was not asked for. */
  idOf(target: Target): number {
    const stored = this.#byName.get(targetKey(target));
    // It was renamed or purged since it was looked up.
    if (stored === undefined) throw new Outdated('The target is not locked.');
    return stored.id;
  }

  /** Whether it is known which target has this name, if any. */
  covers(target: Target): boolean {
    const key = targetKey(target);
    return this.#asked.has(key) || this.#byName.has(key);
  }

  /** Removes the rows that were only made to be locked, but for those that were written. */
  removeUnused(transaction: Transaction, written: ReadonlySet<number>): void {
    const ids = [...this.#made].filter((id) => !written.has(id));
    if (ids.length > 0) transaction.send(REMOVE, { ids });
  }
}

interface Loaded {
  readonly byName: ReadonlyMap<string, StoredTarget>;
  readonly former: ReadonlyMap<string, FormerName>;
  readonly made: ReadonlySet<number>;
  /** The names that were asked for. */
  readonly asked: ReadonlySet<string>;
  readonly now: number;
}

/**
 * Locks the targets that have these names, or had them before, and loads them: each statement sees what was committed
 * before the lock was won. All are sent at once. `create`: rows are made for names that nothing has.
 */
export async function lockTargets(
  session: Session,
  targets: readonly Target[],
  { create }: { create: boolean },
): Promise<LockedTargets> {
  const names = namesOf(targets);
  const [made, locked, rows, former, now] = await Promise.all([
    create ? session.all(CREATE, names) : [],
    session.all(LOCK, names),
    session.all(LOAD, names),
    session.all(FORMER, names),
    databaseClock(session),
  ]);
  return new LockedTargets({
    byName: byName(rows, locked),
    former: new Map(former.map((row) => [targetKey(formerOf(row)), toFormerName(row)])),
    made: new Set(made.map(({ id }) => id)),
    asked: new Set(targets.map(targetKey)),
    now,
  });
}

/** The same by ids; those that are gone are left out. */
export async function lockTargetIds(session: Session, ids: readonly number[]): Promise<Locked> {
  const [locked, rows, now] = await Promise.all([
    session.all(LOCK_IDS, { ids }),
    session.all(LOAD_IDS, { ids }),
    databaseClock(session),
  ]);
  return { targets: [...byName(rows, locked).values()], now };
}

interface Locked {
  readonly targets: readonly StoredTarget[];
  readonly now: number;
}

function byName(rows: readonly TargetRow[], locked: readonly { id: number }[]): Map<string, StoredTarget> {
  const ids = new Set(locked.map(({ id }) => id));
  const named = rows.flatMap((row): [string, StoredTarget][] => {
    const { repo, server } = row;
    if (repo === null || server === null) return [];
    // It got its name or its row after the lock.
    if (!ids.has(row.id)) throw new Outdated('The target is not locked.');
    return [[targetKey({ repo, server }), toStoredTarget(row)]];
  });
  return new Map(named);
}

function namesOf(targets: readonly Target[]): Names {
  const distinct = [...new Map(targets.map((target) => [targetKey(target), target])).values()];
  return {
    repos: arrayText(distinct.map(({ repo }) => repo)),
    servers: arrayText(distinct.map(({ server }) => server)),
  };
}

function formerOf({ formerRepo: repo, formerServer: server }: FormerRow): Target {
  return { repo, server };
}

function toFormerName({ repo, server, renamedAt }: FormerRow): FormerName {
  return { target: { repo, server }, renamedAt };
}
