import { Hono } from 'hono';
import { mutesHoldUntil } from '../../../domain/mute.ts';
import { mutingAt } from '../../../domain/questions/muting.ts';
import { statesHoldUntil } from '../../../domain/target-status.ts';
import { type ExpositionFormat, renderFleet } from '../../../metrics/exposition.ts';
import { setFreshUntil } from '../../answering.ts';
import type { QueryDeps } from '../../deps.ts';

/** Requested by this server itself: the series of the fleet within `/metrics`. */
export const FLEET_METRICS = '/internal/fleet-metrics';

/** The path of these series in a format. */
export function fleetMetricsPath(format: ExpositionFormat): string {
  return `${FLEET_METRICS}?format=${format}`;
}

export function fleetMetricsRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>): Hono {
  return new Hono().get(FLEET_METRICS, async (c) => {
    const now = clock();
    const [muting, statuses] = await Promise.all([mutingAt(store, {}, now), store.summaries({})]);
    setFreshUntil(c, Math.min(statesHoldUntil(statuses, now), mutesHoldUntil(muting.mutes, now)));
    const counted =
      muting.mutes.length === 0
        ? statuses
        : statuses.map((status) => ({ isMuted: muting.ofStatus(status) !== undefined, ...status }));
    return c.body(
      renderFleet(counted, now, c.req.query('format') === 'openmetrics' ? 'openmetrics' : 'text'),
    );
  });
}
