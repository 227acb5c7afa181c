import { wireRequest } from './load.ts';
import { benchTarget, INTERVAL_S } from './reports.ts';

/** How long ago the first report was made: long enough for all that follow to be in the past too. */
const BEGAN_MS_AGO = 12 * 3_600_000;
/** From one report of a target to its next. */
const STEP_MS = 5000;

/** The most that one POST may hold. */
const MAX_ARRAY = 1000;

/** Whose turn it is, of `targets`; each comes once per round. */
export type Order = (turn: number, targets: number) => number;

export const inventoryOrder: Order = (turn) => turn;
/** A stride without a divisor in common with any power of ten reaches every target once. */
export const anyOrder: Order = (turn, targets) => (turn * 7919) % targets;

/** The requests of a fleet in which nothing happens: every report is newer than the target's last, and says the same. */
export interface Posts {
  /** One report each. */
  singles(count: number, order?: Order): Buffer[];
  /** As often as that, all targets, in arrays. */
  arrays(rounds: number): Buffer[];
}

/** Made before they are sent, so that only sending counts. */
export function postsOf(targets: number, port: number): Posts {
  const wire = (body: object) =>
    wireRequest(
      { method: 'POST', path: '/api/v1/reports', port, type: 'application/json' },
      JSON.stringify(body),
    );
  const beganAt = Date.now() - BEGAN_MS_AGO;
  let turn = 0;
  const next = (order: Order) => {
    const target = order(turn % targets, targets);
    const tick = Math.floor(turn / targets);
    turn++;
    return reportBody(target, { tick, checkedAt: beganAt + tick * STEP_MS + (target % STEP_MS) });
  };
  let lastOrder = inventoryOrder;
  /** From a new round on: in one begun in another order, some targets would come twice, as duplicates. */
  const change = (order: Order) => {
    if (order !== lastOrder) turn = Math.ceil(turn / targets) * targets;
    lastOrder = order;
  };
  return {
    singles(count, order = inventoryOrder) {
      change(order);
      return Array.from({ length: count }, () => wire(next(order)));
    },
    arrays(rounds) {
      change(inventoryOrder);
      const bodies: Buffer[] = [];
      for (let left = rounds * targets; left > 0; left -= MAX_ARRAY) {
        const size = Math.min(MAX_ARRAY, left);
        bodies.push(wire(Array.from({ length: size }, () => next(inventoryOrder))));
      }
      return bodies;
    },
  };
}

/** What a reporter sends of a target in sync, every two minutes, and without a run_url. */
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
