import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Incident } from '../../domain/incident.ts';
import type { Database } from './open.ts';
import type { PeriodKey } from './period-table.ts';
import { toIncident } from './rows.ts';
import { incidents } from './schema.ts';

type Row = typeof incidents.$inferSelect;

/** Between two periods: after the one, up to and including the other; open-ended where there is none. */
export interface KeyRange {
  readonly after: PeriodKey | undefined;
  readonly upTo: PeriodKey | undefined;
}

export class IncidentTable {
  readonly #db: Database;
  readonly #open;

  constructor(db: Database) {
    this.#db = db;
    // By the unique partial index `incident_open`.
    this.#open = db
      .select()
      .from(incidents)
      .where(and(eq(incidents.targetId, sql.placeholder('targetId')), isNull(incidents.resolvedAt)))
      .prepare();
  }

  open(targetId: number): (Incident & { readonly id: number }) | undefined {
    const row = this.#open.get({ targetId });
    if (row === undefined) return undefined;
    const { id, targetId: _, ...incident } = row;
    return { id, ...toIncident(incident) };
  }

  insert(targetId: number, incident: Incident): void {
    this.#db
      .insert(incidents)
      .values({ ...columns(incident), targetId })
      .run();
  }

  update(id: number, incident: Incident): void {
    this.#db.update(incidents).set(columns(incident)).where(eq(incidents.id, id)).run();
  }

  /**
   * Makes the incidents opened in a range be these, in order. Whatever keeps its beginning keeps its id; what
   * only moved does too.
   */
  replace(targetId: number, range: KeyRange, next: readonly Incident[]): void {
    const known = this.#db
      .select()
      .from(incidents)
      .where(openedIn(targetId, range))
      .orderBy(...byKey)
      .all();
    const { pairs, gone, added } = pair(known, next);
    for (const { id } of gone) this.#db.delete(incidents).where(eq(incidents.id, id)).run();
    for (const [{ id }, incident] of pairs) this.update(id, incident);
    for (const incident of added) this.insert(targetId, incident);
  }
}

const byKey = [asc(incidents.openedAt), asc(incidents.receivedAt)];

function openedIn(targetId: number, { after, upTo }: KeyRange) {
  const key = sql`(${incidents.openedAt}, ${incidents.receivedAt})`;
  return and(
    eq(incidents.targetId, targetId),
    after && sql`${key} > (${after.startedAt}, ${after.receivedAt})`,
    upTo && sql`${key} <= (${upTo.startedAt}, ${upTo.receivedAt})`,
  );
}

/** Finds which stored incident each one is: the one with the same beginning, else the next without a match. */
function pair(known: readonly Row[], next: readonly Incident[]) {
  const isSame = (row: Row, incident: Incident) =>
    row.openedAt === incident.openedAt && row.receivedAt === incident.receivedAt;
  const unmatched = known.filter((row) => !next.some((incident) => isSame(row, incident)));
  const pairs: [Row, Incident][] = [];
  const added: Incident[] = [];
  for (const incident of next) {
    const row = known.find((candidate) => isSame(candidate, incident)) ?? unmatched.shift();
    if (row === undefined) added.push(incident);
    else pairs.push([row, incident]);
  }
  return { pairs, added, gone: unmatched };
}

/** Every column, so that an update clears what is undefined now. */
function columns(incident: Incident): Omit<Row, 'id' | 'targetId'> {
  return {
    openedAt: incident.openedAt,
    receivedAt: incident.receivedAt,
    resolvedAt: incident.resolvedAt ?? null,
    cause: incident.cause ?? null,
    maxDriftCount: incident.maxDriftCount,
    files: incident.files,
    openedCommit: incident.openedCommit ?? null,
    resolvedCommit: incident.resolvedCommit ?? null,
    openedRunUrl: incident.openedRunUrl ?? null,
    resolvedRunUrl: incident.resolvedRunUrl ?? null,
  };
}
