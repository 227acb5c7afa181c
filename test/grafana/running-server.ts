import { once } from 'node:events';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { createService, type Service } from '../../src/compose.ts';
import { parseConfig } from '../../src/config/config.ts';
import { fleetReports } from '../../src/demo/fleet.ts';
import type { PostedReport } from '../../src/domain/report.ts';
import { NOON, recordAll } from '../fixtures.ts';

/** As many as share a transaction. */
const BATCH = 1000;

const SILENT = { debug() {}, info() {}, error() {} };

/** The whole service behind real HTTP, at noon: what a status line says can only be seen on the wire. */
export class RunningServer {
  readonly url: string;
  readonly #http: Server;
  readonly #service: Service;

  private constructor(service: Service, http: Server) {
    const address = http.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    this.url = `http://127.0.0.1:${address.port}`;
    this.#service = service;
    this.#http = http;
  }

  static async start(reports: Iterable<PostedReport> = []): Promise<RunningServer> {
    const config = parseConfig({ DATABASE_URL: 'sqlite::memory:' }, () => '');
    const service = createService(config, { log: SILENT, version: '0.0.0-test', clock: () => NOON });
    for (const batch of batchesOf(reports)) await recordAll(service.store, batch);
    const http = serve({ fetch: service.app.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
    await once(http, 'listening');
    return new RunningServer(service, http);
  }

  async json(path: string): Promise<unknown> {
    return (await fetch(`${this.url}${path}`)).json();
  }

  async stop(): Promise<void> {
    const closed = once(this.#http, 'close');
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
    await this.#service.close();
  }
}

/** A simulated fleet up to noon. */
export function demoFleet(targets: number, days: number): Iterable<PostedReport> {
  return fleetReports({ targets, days, seed: 1, now: NOON, until: NOON });
}

function* batchesOf(reports: Iterable<PostedReport>): Generator<PostedReport[]> {
  let batch: PostedReport[] = [];
  for (const report of reports) {
    batch.push(report);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
