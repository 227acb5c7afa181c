import { Hono } from 'hono';
import { mutesHoldUntil } from '../../../domain/mute.ts';
import { mutingAt } from '../../../domain/questions/muting.ts';
import { statesHoldUntil } from '../../../domain/target-status.ts';
import { type ExpositionFormat, renderFleet } from '../../../metrics/exposition.ts';
import type { TargetSeries } from '../../../metrics/families.ts';
import { setFreshUntil } from '../../answering.ts';
import type { QueryDeps } from '../../deps.ts';

/** Requested only by this server itself: the series of the fleet within `/metrics`. */
export const FLEET_METRICS = '/internal/fleet-metrics';

interface Wanted {
  readonly format: ExpositionFormat;
  readonly series: TargetSeries;
}

/** The path of these series. */
export function fleetMetricsPath({ format, series }: Wanted): string {
  return `${FLEET_METRICS}?format=${format}&series=${series}`;
}

export function fleetMetricsRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>): Hono {
  return new Hono().get(FLEET_METRICS, async (c) => {
    const at = clock();
    const [muting, statuses, pushes] = await Promise.all([
      mutingAt(store, {}, at),
      store.summaries({}),
      store.pushes({}),
    ]);
    setFreshUntil(c, Math.min(statesHoldUntil(statuses, at), mutesHoldUntil(muting.mutes, at)));
    const counted =
      muting.mutes.length === 0
        ? statuses
        : statuses.map((status) => ({ isMuted: muting.ofStatus(status) !== undefined, ...status }));
    const format = c.req.query('format') === 'openmetrics' ? 'openmetrics' : 'text';
    const series = c.req.query('series') === 'all' ? 'all' : 'few';
    return c.body(renderFleet({ statuses: counted, pushes, at }, { format, series }));
  });
}
