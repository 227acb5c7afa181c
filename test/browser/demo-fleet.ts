import { pino } from 'pino';
import { createService } from '../../src/compose.ts';
import { parseConfig } from '../../src/config/config.ts';
import { fill, ReportFeed } from '../../src/demo/feed.ts';
import { fleetReports } from '../../src/demo/fleet.ts';

/** Writes a fleet of twenty with every kind of problem into a database: its last reports are from just now. */
export async function fillDemoFleet(databasePath: string, { days }: { days: number }): Promise<void> {
  const config = parseConfig({ DATABASE_URL: `sqlite:${databasePath}` }, () => '');
  const service = createService(config, { log: pino({ level: 'silent' }), version: '0.0.0-test' });
  const now = Date.now();
  const feed = new ReportFeed(fleetReports({ targets: 20, days, seed: 1, now, until: now }));
  const { signal } = new AbortController();
  await fill(service.recorder, feed, { until: now, signal, progress() {} });
  await service.close();
}
