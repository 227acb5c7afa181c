import { wireRequest } from './load.ts';
import { benchTarget, INTERVAL_S } from './reports.ts';

/** The age of a report when its request is made: younger than stale, and not ahead of the server's clock. */
const AGE_MS = 60_000;

/** The most that one POST may hold. */
const MAX_ARRAY = 1000;

/** The target whose turn it is, of `targets`. Each comes once per round. */
export type Order = (turn: number, targets: number) => number;

export const inventoryOrder: Order = (turn) => turn;
/** A stride without a common divisor with any power of ten reaches every target once. */
export const anyOrder: Order = (turn, targets) => (turn * 7919) % targets;

/** The requests of a fleet in which nothing happens: every report is newer than the target's last, and says the same. */
export interface Posts {
  /** One report each. */
  singles(count: number, order?: Order): Buffer[];
  /** All targets, this many times, in arrays. */
  arrays(rounds: number): Buffer[];
}

/** Requests are made before they are sent, so that only sending counts. */
export function postsOf(targets: number, port: number): Posts {
  let turn = 0;
  let checkedAt = 0;
  const next = (order: Order) => {
    // In each round every target reports once, and later than in the round before.
    if (turn % targets === 0) checkedAt = Math.max(checkedAt + 1, Date.now() - AGE_MS);
    const target = order(turn % targets, targets);
    const tick = Math.floor(turn / targets);
    turn++;
    return reportBody(target, { tick, checkedAt });
  };
  let lastOrder = inventoryOrder;
  /** Starts a new round: in the present one, some targets would come twice in another order, as duplicates. */
  const change = (order: Order) => {
    if (order !== lastOrder) turn = Math.ceil(turn / targets) * targets;
    lastOrder = order;
  };
  return {
    singles(count, order = inventoryOrder) {
      change(order);
      return Array.from({ length: count }, () => postOf(next(order), port));
    },
    arrays(rounds) {
      change(inventoryOrder);
      const bodies: Buffer[] = [];
      for (let left = rounds * targets; left > 0; left -= MAX_ARRAY) {
        const size = Math.min(MAX_ARRAY, left);
        bodies.push(
          postOf(
            Array.from({ length: size }, () => next(inventoryOrder)),
            port,
          ),
        );
      }
      return bodies;
    },
  };
}

/** One report, or an array of them. */
export function postOf(body: object, port: number): Buffer {
  return wireRequest(
    { method: 'POST', path: '/api/v1/reports', port, type: 'application/json' },
    JSON.stringify(body),
  );
}

/** The report of a target in sync, every two minutes, and without a run_url. */
function reportBody(target: number, { tick, checkedAt }: { tick: number; checkedAt: number }) {
  return {
    ...benchTarget(target),
    sync_status: 'SYNCED',
    drift_count: 0,
    files: [],
    last_check: new Date(checkedAt).toISOString(),
    tool: 'ansible-core 2.14.18',
    duration_ms: 3000 + ((target * 7919 + tick * 104_729) % 5000),
    expected_interval_s: INTERVAL_S,
    commit: '5583ab8b40853575f7baa2445b36156c329b8d08',
    branch: 'main',
  };
}
