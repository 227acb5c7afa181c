import { type Acknowledgement, acknowledgementRefusal } from '../../domain/acknowledgement.ts';
import type { Actor } from '../../domain/action.ts';
import type { Target } from '../../domain/target.ts';
import type { AcknowledgementOutcome, MuteQueries } from '../mutes.ts';
import { toLabels } from '../row-values.ts';
import {
  ACKNOWLEDGEMENT_COLUMNS,
  type AcknowledgementColumns,
  toAcknowledgement,
} from './acknowledgement-rows.ts';
import { writeAction } from './action-table.ts';
import { lockTargetIds } from './locking.ts';
import type { IncidentRow } from './rows.ts';
import type { acknowledgements } from './schema-mutes.ts';
import { first, type Session } from './session.ts';
import { command, statement } from './statement.ts';
import type { Transaction } from './transaction.ts';

interface Row
  extends Target,
    Pick<IncidentRow, 'id' | 'openedAt' | 'resolvedAt' | 'cause'>,
    AcknowledgementColumns {
  readonly targetId: number;
  readonly labels: string;
}

/** By the key of the incident and of its target. */
const INCIDENT = statement<{ id: number }, Row>(`
  SELECT i.id, i.opened_at AS "openedAt", i.resolved_at AS "resolvedAt", i.cause, t.id AS "targetId", t.repo, t.server,
    t.labels, ${ACKNOWLEDGEMENT_COLUMNS}
  FROM incident i JOIN target t ON t.id = i.target_id LEFT JOIN acknowledgement a ON a.incident_id = i.id
  WHERE i.id = :id AND t.repo IS NOT NULL AND t.deleted_at IS NULL`);

/** Its key is that of the incident. */
const WRITE = command<typeof acknowledgements.$inferSelect>(`
  INSERT INTO acknowledgement (incident_id, by_name, by_verified, note, at)
  VALUES (:incidentId, :byName, :byVerified, :note, :at)
  ON CONFLICT (incident_id) DO UPDATE SET
    by_name = excluded.by_name, by_verified = excluded.by_verified, note = excluded.note, at = excluded.at`);
const REMOVE = command<{ id: number }>('DELETE FROM acknowledgement WHERE incident_id = :id');

interface By {
  readonly actor: Actor;
  /** What the store takes for now, by the clock of the database. */
  readonly clock: (databaseNow: number) => number;
}

export async function acknowledgementOf(
  session: Session,
  id: number,
): ReturnType<MuteQueries['acknowledgementOf']> {
  const row = await first(session, INCIDENT, { id });
  if (row === undefined) return { refused: 'not_found' };
  return { acknowledgement: toAcknowledgement(row), isOver: row.resolvedAt !== null };
}

/** In the caller's transaction. */
export async function acknowledge(
  transaction: Transaction,
  incidentId: number,
  { note, actor, clock }: By & { note: string | undefined },
): Promise<AcknowledgementOutcome> {
  const { row, now } = await lockIncident(transaction, incidentId, clock);
  const reason = acknowledgementRefusal(row && { resolvedAt: row.resolvedAt ?? undefined });
  if (row === undefined || reason !== undefined) return { kind: 'refused', reason: reason ?? 'not_found' };
  const before = toAcknowledgement(row);
  if (before !== undefined && isSame(before, { by: actor, note })) {
    return { kind: 'done', acknowledgement: before, isNew: false };
  }
  transaction.send(WRITE, {
    incidentId,
    byName: actor.name ?? null,
    byVerified: actor.verified,
    note: note ?? null,
    at: now,
  });
  const isNew = before === undefined;
  tell(transaction, row, { what: isNew ? 'acknowledged' : 'acknowledgement_changed', actor, now, note });
  return { kind: 'done', acknowledgement: { by: actor, note, at: now }, isNew };
}

/** In the caller's transaction. */
export async function endAcknowledgement(
  transaction: Transaction,
  incidentId: number,
  { actor, clock }: By,
): Promise<boolean> {
  const { row, now } = await lockIncident(transaction, incidentId, clock);
  if (row === undefined || row.acknowledgedAt === null || row.resolvedAt !== null) return false;
  transaction.send(REMOVE, { id: incidentId });
  tell(transaction, row, { what: 'acknowledgement_ended', actor, now, note: undefined });
  return true;
}

/** With its target locked: nothing resolves it meanwhile. */
async function lockIncident(session: Session, id: number, clock: By['clock']) {
  const found = await first(session, INCIDENT, { id });
  const { now } = await lockTargetIds(session, found === undefined ? [] : [found.targetId]);
  return { row: found && (await first(session, INCIDENT, { id })), now: clock(now) };
}

interface Told {
  readonly what: 'acknowledged' | 'acknowledgement_changed' | 'acknowledgement_ended';
  readonly actor: Actor;
  readonly now: number;
  readonly note: string | undefined;
}

function tell(transaction: Transaction, row: Row, { what, actor, now, note }: Told): void {
  const { repo, server } = row;
  const incident = { id: row.id, openedAt: row.openedAt, cause: row.cause ?? undefined };
  const detail = note === undefined ? {} : { detail: { note } };
  writeAction(
    transaction,
    { what, actor, recordedAt: now, repo, server, incidentId: row.id, ...detail },
    { labels: toLabels(row.labels), incident },
  );
}

function isSame(a: Omit<Acknowledgement, 'at'>, b: Omit<Acknowledgement, 'at'>): boolean {
  return a.by.name === b.by.name && a.by.verified === b.by.verified && a.note === b.note;
}
