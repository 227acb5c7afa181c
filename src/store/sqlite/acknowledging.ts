import type Sqlite from 'better-sqlite3';
import { type Acknowledgement, acknowledgementRefusal } from '../../domain/acknowledgement.ts';
import type { Actor } from '../../domain/action.ts';
import type { Target } from '../../domain/target.ts';
import type { AcknowledgementOutcome, MuteQueries } from '../mutes.ts';
import { toLabels } from '../row-values.ts';
import { actionWrite } from './action-table.ts';
import { toActor } from './mute-table.ts';
import { toTarget } from './named-target.ts';
import { prepared } from './prepared.ts';
import type { RawRow } from './raw-rows.ts';
import type { IncidentRow } from './rows.ts';
import type { acknowledgements } from './schema-mutes.ts';

/** The table that is joined as `a`, by its key, to anything that names an incident. */
export const ACKNOWLEDGEMENT_COLUMNS =
  'a.by_name AS acknowledgedBy, a.by_verified AS acknowledgedVerified, a.note AS acknowledgedNote, a.at AS acknowledgedAt';

/** Null if nobody works on the incident. */
export interface AcknowledgementColumns {
  readonly acknowledgedBy: string | null;
  readonly acknowledgedVerified: number | null;
  readonly acknowledgedNote: string | null;
  readonly acknowledgedAt: number | null;
}

export function toAcknowledgement({
  acknowledgedAt: at,
  acknowledgedBy,
  acknowledgedVerified,
  acknowledgedNote,
}: AcknowledgementColumns): Acknowledgement | undefined {
  if (at === null) return undefined;
  return { by: toActor(acknowledgedBy, acknowledgedVerified ?? 0), note: acknowledgedNote ?? undefined, at };
}

/** By the key of the incident and of its target. */
const INCIDENT = `
  SELECT i.id, i.opened_at AS openedAt, i.resolved_at AS resolvedAt, i.cause, t.id AS targetId, t.repo, t.server, t.labels,
    ${ACKNOWLEDGEMENT_COLUMNS}
  FROM incident i JOIN target t ON t.id = i.target_id LEFT JOIN acknowledgement a ON a.incident_id = i.id
  WHERE i.id = ? AND t.repo IS NOT NULL AND t.deleted_at IS NULL`;

interface Row
  extends Target,
    Pick<IncidentRow, 'id' | 'openedAt' | 'resolvedAt' | 'cause'>,
    AcknowledgementColumns {
  readonly targetId: number;
  readonly labels: string;
}

/** Its key is that of the incident. */
const WRITE = `
  INSERT INTO acknowledgement (incident_id, by_name, by_verified, note, at)
  VALUES (:incidentId, :byName, :byVerified, :note, :at)
  ON CONFLICT (incident_id) DO UPDATE SET
    by_name = excluded.by_name, by_verified = excluded.by_verified, note = excluded.note, at = excluded.at`;
const REMOVE = 'DELETE FROM acknowledgement WHERE incident_id = ?';

/** Makes the function of the port. */
export function acknowledgementReader(client: Sqlite.Database): MuteQueries['acknowledgementOf'] {
  return async (incidentId) => {
    const row = incidentRow(client, incidentId);
    if (row === undefined) return { refused: 'not_found' };
    return { acknowledgement: toAcknowledgement(row), isOver: row.resolvedAt !== null };
  };
}

function incidentRow(client: Sqlite.Database, id: number): Row | undefined {
  return prepared<[number], Row>(client, INCIDENT).get(id);
}

interface By {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Both run in the caller's transaction. */
interface Acknowledging {
  acknowledge(incidentId: number, note: string | undefined, by: By): AcknowledgementOutcome;
  end(incidentId: number, by: By): boolean;
}

export function acknowledging(client: Sqlite.Database): Acknowledging {
  const write = client.prepare<[RawRow<typeof acknowledgements>]>(WRITE);
  const remove = client.prepare<[number]>(REMOVE);
  const writeAction = actionWrite(client);
  const tell = (
    what: 'acknowledged' | 'acknowledgement_changed' | 'acknowledgement_ended',
    row: Row,
    { actor, now, note }: By & { note?: string | undefined },
  ) => {
    const { repo, server } = toTarget(row);
    const incident = { id: row.id, openedAt: row.openedAt, cause: row.cause ?? undefined };
    const detail = note === undefined ? {} : { detail: { note } };
    writeAction(
      { what, actor, recordedAt: now, repo, server, incidentId: row.id, ...detail },
      { labels: toLabels(row.labels), incident },
    );
  };

  return {
    acknowledge(incidentId, note, { actor, now }) {
      const row = incidentRow(client, incidentId);
      const reason = acknowledgementRefusal(row && { resolvedAt: row.resolvedAt ?? undefined });
      if (row === undefined || reason !== undefined)
        return { kind: 'refused', reason: reason ?? 'not_found' };
      const before = toAcknowledgement(row);
      if (before !== undefined && isSame(before, { by: actor, note })) {
        return { kind: 'done', acknowledgement: before, isNew: false };
      }
      write.run({
        incidentId,
        byName: actor.name ?? null,
        byVerified: Number(actor.verified),
        note: note ?? null,
        at: now,
      });
      const isNew = before === undefined;
      tell(isNew ? 'acknowledged' : 'acknowledgement_changed', row, { actor, now, note });
      return { kind: 'done', acknowledgement: { by: actor, note, at: now }, isNew };
    },
    end(incidentId, by) {
      const row = incidentRow(client, incidentId);
      if (row === undefined || row.acknowledgedAt === null || row.resolvedAt !== null) return false;
      remove.run(incidentId);
      tell('acknowledgement_ended', row, by);
      return true;
    },
  };
}

function isSame(a: Omit<Acknowledgement, 'at'>, b: Omit<Acknowledgement, 'at'>): boolean {
  return a.by.name === b.by.name && a.by.verified === b.by.verified && a.note === b.note;
}
