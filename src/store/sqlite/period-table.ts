import { and, asc, desc, eq, gt, lte, type SQL, sql } from 'drizzle-orm';
import type { OpenPeriod, Period } from '../../domain/period.ts';
import type { Database } from './open.ts';
import {
  findingColumns,
  fromPeriod,
  type PeriodRef,
  periodColumns,
  periodEndColumns,
  toPeriod,
  toPeriodRef,
  unwrittenReports,
} from './rows.ts';
import { findings, periods } from './schema.ts';

/** Where a period stands in its target's history. */
export type PeriodKey = Pick<Period, 'startedAt' | 'receivedAt'>;

const START_OF_TIME: PeriodKey = { startedAt: Number.MIN_SAFE_INTEGER, receivedAt: 0 };
const END_OF_TIME: PeriodKey = { startedAt: Number.MAX_SAFE_INTEGER, receivedAt: 0 };

const param = {
  targetId: sql.placeholder('targetId'),
  startedAt: sql.placeholder('startedAt'),
  receivedAt: sql.placeholder('receivedAt'),
};
const insertParams = {
  ...param,
  findingId: sql.placeholder('findingId'),
  syncStatus: sql.placeholder('syncStatus'),
  opensState: sql.placeholder('opensState'),
  lastCheckAt: sql.placeholder('lastCheckAt'),
  staleAt: sql.placeholder('staleAt'),
  reports: sql.placeholder('reports'),
  commit: sql.placeholder('commit'),
  runUrl: sql.placeholder('runUrl'),
};
const ofTarget = eq(periods.targetId, param.targetId);
const key = sql`(${periods.startedAt}, ${periods.receivedAt})`;
const keyParam = sql`(${param.startedAt}, ${param.receivedAt})`;
// A literal, not a parameter: else the planner could not use the partial indexes.
const synced = sql`${periods.syncStatus} = 'SYNCED'`;
const opensState = sql`${periods.opensState} = 1`;

/** Every statement is one seek in the primary key or a partial index, or a scan from there. */
export class PeriodTable {
  readonly #db: Database;
  readonly #last;
  readonly #startedBy;
  readonly #startedAfter;
  readonly #before;
  readonly #syncedBefore;
  readonly #syncedAfter;
  readonly #stateOpenedBy;
  readonly #insert;
  readonly #extend;
  readonly #remove;

  constructor(db: Database) {
    this.#db = db;
    this.#last = db
      .select({ ...periodColumns, ...periodEndColumns, unwritten: unwrittenReports })
      .from(periods)
      .where(ofTarget)
      .orderBy(desc(periods.startedAt), desc(periods.receivedAt))
      .limit(1)
      .prepare();
    this.#startedBy = prepareFirst(db, lte(periods.startedAt, param.startedAt), desc);
    this.#startedAfter = prepareFirst(db, gt(periods.startedAt, param.startedAt), asc);
    this.#before = prepareFirst(db, sql`${key} < ${keyParam}`, desc);
    this.#syncedBefore = prepareFirst(db, sql`${synced} and ${key} < ${keyParam}`, desc);
    this.#syncedAfter = prepareFirst(db, sql`${synced} and ${key} > ${keyParam}`, asc);
    this.#stateOpenedBy = prepareFirst(db, sql`${opensState} and ${key} <= ${keyParam}`, desc);
    const isKey = and(ofTarget, sql`${key} = ${keyParam}`);
    this.#remove = db.delete(periods).where(isKey).prepare();
    this.#insert = db.insert(periods).values(insertParams).prepare();
    this.#extend = db
      .update(periods)
      .set({
        lastCheckAt: sql`${sql.placeholder('lastCheckAt')}`,
        staleAt: sql`${sql.placeholder('staleAt')}`,
        reports: sql`${sql.placeholder('reports')}`,
      })
      .where(isKey)
      .prepare();
  }

  /** The latest one, and how many of its reports its row does not know of. */
  last(targetId: number): { readonly period: PeriodRef; readonly unwritten: number } | undefined {
    const row = this.#last.get({ targetId });
    if (row === undefined) return undefined;
    const { unwritten, ...period } = row;
    return { period: toPeriodRef(period), unwritten };
  }

  // From here on: as the rows have it. Where the end of the latest one matters it must have been written.

  /** The last that started at or before an instant. */
  startedBy(targetId: number, startedAt: number): PeriodRef | undefined {
    return one(this.#startedBy.get({ targetId, startedAt }));
  }

  /** The first that started after an instant. */
  startedAfter(targetId: number, startedAt: number): PeriodRef | undefined {
    return one(this.#startedAfter.get({ targetId, startedAt }));
  }

  before(targetId: number, { startedAt, receivedAt }: PeriodKey): PeriodRef | undefined {
    return one(this.#before.get({ targetId, startedAt, receivedAt }));
  }

  syncedBefore(targetId: number, { startedAt, receivedAt }: PeriodKey): PeriodRef | undefined {
    return one(this.#syncedBefore.get({ targetId, startedAt, receivedAt }));
  }

  syncedAfter(targetId: number, { startedAt, receivedAt }: PeriodKey): PeriodRef | undefined {
    return one(this.#syncedAfter.get({ targetId, startedAt, receivedAt }));
  }

  /** The last that opened a state, up to and including a key. */
  stateOpenedBy(targetId: number, { startedAt, receivedAt }: PeriodKey): PeriodRef | undefined {
    return one(this.#stateOpenedBy.get({ targetId, startedAt, receivedAt }));
  }

  /** All after one key, up to and including another, with their findings. */
  between(targetId: number, after: PeriodKey = START_OF_TIME, upTo: PeriodKey = END_OF_TIME): Period[] {
    return this.#db
      .select({ ...periodColumns, ...findingColumns })
      .from(periods)
      .innerJoin(findings, eq(findings.id, periods.findingId))
      .where(
        and(
          eq(periods.targetId, targetId),
          sql`${key} > (${after.startedAt}, ${after.receivedAt})`,
          sql`${key} <= (${upTo.startedAt}, ${upTo.receivedAt})`,
        ),
      )
      .orderBy(asc(periods.startedAt), asc(periods.receivedAt))
      .all()
      .map(toPeriod);
  }

  /** Moves the end of a period that has the same beginning. */
  extend(targetId: number, period: OpenPeriod): void {
    const { startedAt, receivedAt, lastCheckAt, staleAt, reports } = period;
    this.#extend.run({ targetId, startedAt, receivedAt, lastCheckAt, staleAt, reports });
  }

  insert(targetId: number, period: PeriodRef): void {
    this.#insert.run(fromPeriod(targetId, period));
  }

  remove(targetId: number, { startedAt, receivedAt }: PeriodKey): void {
    this.#remove.run({ targetId, startedAt, receivedAt });
  }
}

function prepareFirst(db: Database, where: SQL, direction: typeof asc) {
  return db
    .select(periodColumns)
    .from(periods)
    .where(and(ofTarget, where))
    .orderBy(direction(periods.startedAt), direction(periods.receivedAt))
    .limit(1)
    .prepare();
}

function one(row: Parameters<typeof toPeriodRef>[0] | undefined): PeriodRef | undefined {
  return row && toPeriodRef(row);
}
