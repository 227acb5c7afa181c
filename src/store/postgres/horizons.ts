import { type Horizons, nextHorizon } from '../../domain/retention.ts';
import { AFTER_ALL_OF_ITS_INSTANT, firstReportAfter } from './report-source.ts';
import { first, one, type Session } from './session.ts';
import { command, statement } from './statement.ts';
import { type TargetStep, targetSteps } from './target-steps.ts';

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

/** In SQL: null if nothing was ever pruned. By its key. */
export const REPORTS_FROM = `(SELECT value::bigint FROM meta WHERE key = '${KEYS.reportsBefore}')`;

/** By its key. */
const STORED = statement<{ key: string }, { value: number }>(
  'SELECT value::bigint AS value FROM meta WHERE key = :key',
);
const STORE = command<{ key: string; value: string }>(`
  INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value`);

type Found = { readonly oldest: number | null };
type After = { readonly stored: number };
type OldestRows = { readonly [K in Kind]: number | undefined };

/** The oldest of some targets after the horizon, with a seek in a key for each. */
const OF_TARGETS = {
  reportsBefore: statement<After & TargetStep, Found>(`
    SELECT min(r.checked_at) AS oldest FROM target t CROSS JOIN LATERAL (${firstReportAfter({
      target: 't.id',
      checkedAt: ':stored::bigint',
      receivedAt: AFTER_ALL_OF_ITS_INSTANT,
    })}) AS r WHERE t.id > :after AND t.id <= :upTo`),
  historyBefore: statement<After & TargetStep, Found>(`
    SELECT min(coalesce(
      (SELECT min(p.started_at) FROM period p WHERE p.target_id = s.target_id AND p.started_at > :stored::bigint),
      nullif(greatest(s.started_at, :stored::bigint), :stored::bigint))) AS oldest
    FROM target_status s WHERE s.target_id > :after AND s.target_id <= :upTo AND s.started_at IS NOT NULL`),
};

/** The oldest of all after the horizon. */
const OF_ALL = {
  eventsBefore: statement<After, Found>(`
    SELECT (SELECT recorded_at FROM event WHERE recorded_at > :stored::bigint ORDER BY seq LIMIT 1) AS oldest`),
  actionsBefore: statement<After, Found>(
    'SELECT min(recorded_at) AS oldest FROM action WHERE recorded_at > :stored::bigint',
  ),
};

/** The oldest row of each kind after its stored horizon. Not where anybody waits for it: it looks at every target. */
export async function oldestRows(session: Session): Promise<OldestRows> {
  const after = async (kind: Kind) => ({
    stored: (await storedOf(session, kind)) ?? Number.MIN_SAFE_INTEGER,
  });
  const ofTargets = async (kind: keyof typeof OF_TARGETS) => {
    const { stored } = await after(kind);
    let oldest: number | undefined;
    for await (const step of targetSteps(session)) {
      const found = (await one(session, OF_TARGETS[kind], { stored, ...step })).oldest;
      if (found !== null) oldest = Math.min(oldest ?? found, found);
    }
    return oldest;
  };
  const ofAll = async (kind: keyof typeof OF_ALL) =>
    (await one(session, OF_ALL[kind], await after(kind))).oldest ?? undefined;
  return {
    reportsBefore: await ofTargets('reportsBefore'),
    historyBefore: await ofTargets('historyBefore'),
    eventsBefore: await ofAll('eventsBefore'),
    actionsBefore: await ofAll('actionsBefore'),
  };
}

/** The stored horizon of reports: earlier ones are neither stored nor accepted any more. */
export async function loadReportsFrom(session: Session): Promise<number> {
  return (await storedOf(session, 'reportsBefore')) ?? Number.NEGATIVE_INFINITY;
}

/**
 * Moves the horizons as far as one pass may, in a transaction of its own. From its commit on reports from before the
 * horizon are refused, so that rows can be removed afterwards, each under the lock of its target. `oldest`: rows that come
 * since it was found are too old already if they are older.
 */
export async function moveHorizons(
  session: Session,
  wanted: Horizons,
  oldest: OldestRows,
): Promise<StoredHorizons> {
  const move = async (kind: Kind): Promise<number | undefined> => {
    const stored = await storedOf(session, kind);
    const next = nextHorizon({ stored, oldest: oldest[kind], wanted: wanted[kind] });
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
