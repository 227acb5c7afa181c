// One step of a pipeline with Node's prom-client, which also pushes its default metrics: push.mjs URL push|add|delete.
import { collectDefaultMetrics, Gauge, Pushgateway, Registry } from 'prom-client';

const [url, step] = process.argv.slice(2);
const group = { jobName: 'drift', groupings: { instance: 'ci-1' } };
const registry = new Registry();
collectDefaultMetrics({ register: registry });
const inSync = new Gauge({
  name: 'gitops_sync_status',
  help: 'In sync?',
  labelNames: ['repo', 'server'],
  registers: [registry],
});
inSync.set({ repo: 'rsyslog', server: 'lab' }, step === 'push' ? 1 : 0);

const gateway = new Pushgateway(url, {}, registry);
const does = { push: 'push', add: 'pushAdd', delete: 'delete' };
const { resp } = await gateway[does[step]](group);
if (resp.statusCode >= 400) throw new Error(`answered ${resp.statusCode}`);
