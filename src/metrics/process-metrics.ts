import { collectDefaultMetrics, Registry } from 'prom-client';

/** These gauges have the name of a counter. `nodejs_active_resources` has the same numbers. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

let registry: Registry | undefined;

/** The metrics of this process, for all servers in it: to measure them takes a timer that never ends. */
export function processMetrics(): Registry {
  if (registry !== undefined) return registry;
  registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}
