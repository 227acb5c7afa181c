import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HAPROXY, ProxyProcess, shippedSite } from './proxy-process.ts';

const NODES = ['one', 'two', 'three'] as const;
export type NodeName = (typeof NODES)[number];

/** What HAProxy counts: requests that it had to send once more, and connections and answers that failed. */
const TROUBLES = ['wretr', 'wredis', 'econ', 'eresp'] as const;

/** HAProxy as documented, in front of three nodes. It looks more often whether they are ready. */
export class Balancer {
  readonly url: string;
  readonly #proxy: ProxyProcess;
  readonly #folder: string;

  private constructor(proxy: ProxyProcess, folder: string) {
    this.#proxy = proxy;
    this.#folder = folder;
    this.url = proxy.url;
  }

  static async start(nodes: Readonly<Record<NodeName, { readonly url: string }>>): Promise<Balancer> {
    const folder = mkdtempSync(join(tmpdir(), 'gitops-status-balancer-'));
    const proxy = await ProxyProcess.start(HAPROXY, (listen) => {
      let site = shippedSite('haproxy-nodes.cfg', { listen, upstream: '' }).replace(
        'inter 1s',
        'inter 100ms',
      );
      for (const name of NODES)
        site = site.replace(
          new RegExp(`server ${name} .*`),
          `server ${name} ${new URL(nodes[name].url).host}`,
        );
      return `global\n  stats socket ${join(folder, 'socket')} level admin\n${site}`;
    });
    return new Balancer(proxy, folder);
  }

  /** A node has another address from now on. */
  async move(name: NodeName, { url }: { readonly url: string }): Promise<void> {
    const { hostname, port } = new URL(url);
    await this.#command(`set server nodes/${name} addr ${hostname} port ${port}`);
  }

  async areAllReady(): Promise<boolean> {
    const rows = await this.#rows();
    return NODES.every((name) => rows.get(name)?.status === 'UP');
  }

  async troubles(): Promise<Record<string, number>> {
    const row = (await this.#rows()).get('BACKEND');
    return Object.fromEntries(TROUBLES.map((what) => [what, Number(row?.[what])]));
  }

  async stop(): Promise<void> {
    await this.#proxy.stop();
    rmSync(this.#folder, { recursive: true });
  }

  /** What it says of the backend, by node. */
  async #rows(): Promise<Map<string, Record<string, string>>> {
    const [head = '', ...lines] = (await this.#command('show stat nodes 7 -1')).trim().split('\n');
    const names = head.replace('# ', '').split(',');
    return new Map(
      lines.map((line) => {
        const values = line.split(',');
        const row = Object.fromEntries(names.map((name, place) => [name, values[place] ?? '']));
        return [row.svname ?? '', row] as const;
      }),
    );
  }

  async #command(text: string): Promise<string> {
    const socket = connect(join(this.#folder, 'socket')).setEncoding('utf8');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.end(`${text}\n`);
    await once(socket, 'close');
    return answer;
  }
}
