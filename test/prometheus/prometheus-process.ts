import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { z } from 'zod';

const answer = z.object({
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
    ),
  }),
});

const envelope = z.object({ status: z.string(), data: z.unknown().optional(), error: z.string().optional() });

const SHIPPED = new URL('../../grafana/prometheus/prometheus.yml', import.meta.url);
const shippedConfig = z.object({ scrape_configs: z.tuple([z.looseObject({ job_name: z.string() })]) });

/** The real Prometheus on a free port of loopback. It scrapes one server every second, with the shipped settings. */
export class PrometheusProcess {
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly #folder: string;

  private constructor(process: ChildProcess, url: string, folder: string) {
    this.#process = process;
    this.#url = url;
    this.#folder = folder;
  }

  /** Resolves once it serves; throws with its output if it does not start. */
  static async start(target: string): Promise<PrometheusProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'gitops-status-prometheus-'));
    const {
      scrape_configs: [scrape],
    } = shippedConfig.parse(parse(readFileSync(SHIPPED, 'utf8')));
    const config = {
      global: { scrape_interval: '1s' },
      scrape_configs: [{ ...scrape, static_configs: [{ targets: [new URL(target).host] }] }],
    };
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        '--web.listen-address=127.0.0.1:0',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const log: string[] = [];
    const address = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        log.push(line);
        const [, listening] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
        if (listening !== undefined) resolve(listening);
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error(`Prometheus did not start:\n${log.join('\n')}`)));
    });
    return new PrometheusProcess(child, `http://${address}`, folder);
  }

  /** The present result of PromQL: the labels that matter, and the value, of each series. */
  async query(promql: string): Promise<{ server: string | undefined; value: number }[]> {
    const response = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(promql)}`);
    const { data } = answer.parse(await response.json());
    return data.result.map(({ metric, value }) => ({ server: metric.server, value: Number(value[1]) }));
  }

  /** The answer of its HTTP API; throws with its error. */
  async ask(path: string, params: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(params)}`);
    const { status, data, error } = envelope.parse(await response.json());
    if (status !== 'success') throw new Error(`${error} in ${JSON.stringify(params)}`);
    return data;
  }

  async stop(): Promise<void> {
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGTERM');
    await closed;
    rmSync(this.#folder, { recursive: true });
  }
}
