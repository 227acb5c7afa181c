import { once } from 'node:events';
import type { Server } from 'node:http';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { sendAll } from './load.ts';
import { type Finding, inTurns, type Measure } from './measure.ts';
import { pushOf, startPushgateway } from './pushgateway.ts';
import { benchTarget, driftOf, INTERVAL_S, type PastReport, rounds, START, syncedReport } from './reports.ts';
import { fillFile, openScratchService, submissionOf } from './scratch.ts';
import { toMs } from './units.ts';

const DEPTH = 5;
const ROUNDS = 60;
/** The share of the fleet that reports between two scrapes: 15 of every 120 seconds. */
const SHARE = 8;

/** What does a scrape cost, compared with writing the same bytes from memory, and with Pushgateway? */
export const metrics: Measure = async ({ folder, quick, note }) => [
  ...(await besideMemory(join(folder, 'large.db'), quick ? 2000 : 10_000)),
  ...(await besidePushgateway(join(folder, 'small.db'), { targets: quick ? 500 : 2000, note })),
];

async function besideMemory(path: string, targets: number): Promise<Finding[]> {
  const fleet = await serveFleet(path, targets);
  const text = await scrape(fleet.port, '/metrics');
  fleet.keepInMemory(text);
  const size = `${targets} targets, ${(text.length / 2 ** 20).toFixed(1)} MiB`;
  const fromMemory = () => scrape(fleet.port, '/from-memory');
  const fromStore = () => scrape(fleet.port, '/metrics');
  const findings: Finding[] = [];
  // The second one only informs: it depends on the number of reports between two scrapes.
  for (const { what, between, goal } of [
    { what: 'nothing new', between: async () => undefined, goal: { max: 3 } },
    { what: 'an eighth of them has reported since', between: () => fleet.goOn(), goal: undefined },
  ]) {
    const { a, b, ratio } = await inTurns(ROUNDS, fromMemory, fromStore, between);
    findings.push({
      what: `the same bytes from memory, or /metrics of ${size}, ${what}`,
      before: toMs(a),
      after: toMs(b),
      result: ratio,
      ...(goal === undefined ? {} : { goal }),
    });
  }
  await fleet.close();
  return findings;
}

async function besidePushgateway(
  path: string,
  { targets, note }: { targets: number; note: (text: string) => void },
): Promise<Finding[]> {
  const gateway = await startPushgateway();
  if (gateway === undefined) {
    note('skipped beside Pushgateway: not installed here (prometheus-pushgateway of Debian)');
    return [];
  }
  const fleet = await serveFleet(path, targets);
  const pushes = Array.from({ length: targets }, (_, i) => pushOf(benchTarget(i), gateway.port));
  await sendAll(gateway, pushes);
  const { a, b, ratio } = await inTurns(
    ROUNDS,
    () => scrape(gateway.port, '/metrics'),
    () => scrape(fleet.port, '/metrics'),
    () => fleet.goOn(),
  );
  await Promise.all([fleet.close(), gateway.stop()]);
  return [
    {
      what: `/metrics of Pushgateway with ${targets} groups, or ours with as many targets`,
      before: toMs(a),
      after: toMs(b),
      result: ratio,
      goal: { max: 1 },
    },
  ];
}

/** A fleet that is really served on loopback, on a free port. */
async function serveFleet(path: string, targets: number) {
  let tick = DEPTH * SHARE;
  const clock = () => START + Math.ceil(tick / SHARE) * INTERVAL_S * 1000;
  await fillFile(path, rounds({ targets, from: 0, to: DEPTH }, mostlySynced));
  const service = openScratchService(path, clock);
  let memory: Buffer<ArrayBuffer> = Buffer.alloc(0);
  service.app.get('/from-memory', (c) => c.body(memory));
  const server = serve({ fetch: service.app.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    keepInMemory: (bytes: Buffer<ArrayBuffer>) => {
      memory = bytes;
    },
    /** The next eighth of the fleet reports: every eighth target, so that no two neighbours do. */
    goOn: async () => {
      const due = Array.from({ length: Math.ceil(targets / SHARE) }, (_, i) => i * SHARE + (tick % SHARE));
      await service.recorder.submit(
        submissionOf(due.map((target) => mostlySynced(target, Math.floor(tick / SHARE)))),
      );
      tick++;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await service.close();
    },
  };
}

/** One in ten has drifted. */
function mostlySynced(target: number, tick: number): PastReport {
  const report = syncedReport(target, tick);
  return target % 10 === 3
    ? { ...report, finding: driftOf('rsyslog.conf', 'rsyslog.d/30-lab.conf') }
    : report;
}

async function scrape(port: number, path: string): Promise<Buffer<ArrayBuffer>> {
  const request = get({ host: '127.0.0.1', port, path });
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`);
  return Buffer.concat(chunks);
}
