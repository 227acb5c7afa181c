import { type Horizons, nextHorizon } from '../../domain/retention.ts';
import { AFTER_ALL_OF_ITS_INSTANT, firstReportAfter } from './report-source.ts';
import { first, one, type Session } from './session.ts';
import { command, statement } from './statement.ts';

type Kind = keyof Horizons;

/** The stored horizons; undefined if nothing was ever pruned. */
export type StoredHorizons = { readonly [K in Kind]: number | undefined };

/** The keys in `meta`. */
const KEYS: Readonly<Record<Kind, string>> = {
  reportsBefore: 'horizon_reports',
  historyBefore: 'horizon_history',
  eventsBefore: 'horizon_events',
  actionsBefore: 'horizon_actions',
};

/** By its key. */
const STORED = statement<{ key: string }, { value: number }>(
  'SELECT value::bigint AS value FROM meta WHERE key = :key',
);
const STORE = command<{ key: string; value: string }>(`
  INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value`);

type Oldest = { readonly oldest: number | null };
const oldest = (sql: string) => statement<{ stored: number }, Oldest>(sql);

/** The oldest row after the horizon. The first two read every target, with a seek in a key for each. */
const OLDEST = {
  reportsBefore: oldest(`
    SELECT min(r.checked_at) AS oldest FROM target t CROSS JOIN LATERAL (${firstReportAfter({
      target: 't.id',
      checkedAt: ':stored::bigint',
      receivedAt: AFTER_ALL_OF_ITS_INSTANT,
    })}) AS r`),
  historyBefore: oldest(`
    SELECT min(coalesce(
      (SELECT min(p.started_at) FROM period p WHERE p.target_id = s.target_id AND p.started_at > :stored::bigint),
      nullif(greatest(s.started_at, :stored::bigint), :stored::bigint))) AS oldest
    FROM target_status s WHERE s.started_at IS NOT NULL`),
  eventsBefore: oldest(`
    SELECT (SELECT recorded_at FROM event WHERE recorded_at > :stored::bigint ORDER BY seq LIMIT 1) AS oldest`),
  actionsBefore: oldest('SELECT min(recorded_at) AS oldest FROM action WHERE recorded_at > :stored::bigint'),
};

/** The stored horizon of reports: earlier ones are neither stored nor accepted any more. */
export async function loadReportsFrom(session: Session): Promise<number> {
  return (await storedOf(session, 'reportsBefore')) ?? Number.NEGATIVE_INFINITY;
}

/**
 * Moves the horizons as far as one pass may, in a transaction of its own. From its commit on reports from before the
 * horizon are refused, so that rows can be removed afterwards, each under the lock of its target.
 */
export async function moveHorizons(session: Session, wanted: Horizons): Promise<StoredHorizons> {
  const move = async (kind: Kind): Promise<number | undefined> => {
    const stored = await storedOf(session, kind);
    const found = await one(session, OLDEST[kind], { stored: stored ?? Number.MIN_SAFE_INTEGER });
    const next = nextHorizon({ stored, oldest: found.oldest ?? undefined, wanted: wanted[kind] });
    if (next !== undefined && next !== stored) {
      await session.all(STORE, { key: KEYS[kind], value: String(next) });
    }
    return next;
  };
  return {
    reportsBefore: await move('reportsBefore'),
    historyBefore: await move('historyBefore'),
    eventsBefore: await move('eventsBefore'),
    actionsBefore: await move('actionsBefore'),
  };
}

async function storedOf(session: Session, kind: Kind): Promise<number | undefined> {
  return (await first(session, STORED, { key: KEYS[kind] }))?.value;
}
