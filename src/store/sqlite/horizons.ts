import type Sqlite from 'better-sqlite3';
import { type Horizons, nextHorizon } from '../../domain/retention.ts';
import { prepared } from './prepared.ts';

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

const STORED = 'SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?';

const STORE =
  'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';

/** The oldest row after the horizon. The first two read every target, with a seek in a key for each. */
const OLDEST: Readonly<Record<Kind, string>> = {
  reportsBefore: `
    SELECT min((SELECT min(r.checked_at) FROM report r WHERE r.target_id = t.id AND r.checked_at > :stored))
    FROM target t`,
  historyBefore: `
    SELECT min(coalesce(
      (SELECT min(p.started_at) FROM period p WHERE p.target_id = s.target_id AND p.started_at > :stored),
      nullif(max(s.started_at, :stored), :stored)))
    FROM target_status s`,
  eventsBefore: 'SELECT recorded_at FROM event WHERE recorded_at > :stored ORDER BY seq LIMIT 1',
  actionsBefore: 'SELECT min(recorded_at) FROM action WHERE recorded_at > :stored',
};

/** Makes a reader of the stored horizon of reports: earlier reports are neither stored nor accepted. */
export function reportsFrom(client: Sqlite.Database): () => number {
  const stored = prepared<[string], number>(client, STORED).pluck();
  return () => stored.get(KEYS.reportsBefore) ?? Number.NEGATIVE_INFINITY;
}

/**
 * Makes a function that moves the horizons as far as one pass may, in the caller's transaction. From then on reports
 * from before the horizon are refused, so that rows can be removed afterwards.
 */
export function horizonMove(client: Sqlite.Database): (wanted: Horizons) => StoredHorizons {
  const storedOf = client.prepare<[string], number>(STORED).pluck();
  const store = client.prepare<[string, string]>(STORE);
  const oldestOf = {
    reportsBefore: client.prepare<[{ stored: number }], number | null>(OLDEST.reportsBefore).pluck(),
    historyBefore: client.prepare<[{ stored: number }], number | null>(OLDEST.historyBefore).pluck(),
    eventsBefore: client.prepare<[{ stored: number }], number | null>(OLDEST.eventsBefore).pluck(),
    actionsBefore: client.prepare<[{ stored: number }], number | null>(OLDEST.actionsBefore).pluck(),
  };
  const move = (kind: Kind, wanted: number): number | undefined => {
    const stored = storedOf.get(KEYS[kind]);
    const oldest = oldestOf[kind].get({ stored: stored ?? Number.MIN_SAFE_INTEGER }) ?? undefined;
    const next = nextHorizon({ stored, oldest, wanted });
    if (next !== undefined && next !== stored) store.run(KEYS[kind], String(next));
    return next;
  };
  return ({ reportsBefore, historyBefore, eventsBefore, actionsBefore }) => ({
    reportsBefore: move('reportsBefore', reportsBefore),
    historyBefore: move('historyBefore', historyBefore),
    eventsBefore: move('eventsBefore', eventsBefore),
    actionsBefore: move('actionsBefore', actionsBefore),
  });
}
