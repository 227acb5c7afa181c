import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ATTEMPTS = 5;
const LOOK_MS = 20;

/** How a proxy is started: its command, and the whole configuration around the tested part. */
export interface ProxyKind {
  command(configPath: string, folder: string): readonly [string, ...string[]];
  config(site: string, folder: string): string;
}

/** As Debian sets it up, but in the foreground, and with all its files in a folder of its own. */
export const NGINX: ProxyKind = {
  command: (configPath, folder) => ['nginx', '-c', configPath, '-p', folder, '-e', 'stderr'],
  config: (site, folder) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events {
  worker_connections 768;
}
http {
  sendfile on;
  tcp_nopush on;
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  gzip on;
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((use) => `${use}_temp_path ${folder}/${use};`).join('\n  ')}
  ${site}
}`,
};

/** With the `defaults` of Debian's own file. */
export const HAPROXY: ProxyKind = {
  command: (configPath) => ['haproxy', '-db', '-f', configPath],
  config: (site) => {
    const [, defaults = ''] = readFileSync('/etc/haproxy/haproxy.cfg', 'utf8').split(/^(?=defaults$)/m);
    return `${defaults}\n${site}\n`;
  },
};

/** One of the configurations in `docs/proxies`, with other ports. */
export function shippedSite(
  name: string,
  { listen, upstream }: { listen: number; upstream: string },
): string {
  return readFileSync(fileURLToPath(new URL(`../../docs/proxies/${name}`, import.meta.url)), 'utf8')
    .replace(/listen 80;/, `listen 127.0.0.1:${listen};`)
    .replace(/bind :80$/m, `bind 127.0.0.1:${listen}`)
    .replace('127.0.0.1:8080', upstream);
}

/** A real proxy on a free port of loopback. */
export class ProxyProcess {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.#process = process;
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Resolves once it listens. Another program may take a free port first: then it tries another one. */
  static async start(kind: ProxyKind, site: (listen: number) => string): Promise<ProxyProcess> {
    const said: string[] = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const port = await freePort();
      const folder = mkdtempSync(join(tmpdir(), 'gitops-status-proxy-'));
      const configPath = join(folder, 'proxy.conf');
      writeFileSync(configPath, kind.config(site(port), folder));
      const [file, ...args] = kind.command(configPath, folder);
      const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
      if (await listens(child, port)) return new ProxyProcess(child, folder, port);
      rmSync(folder, { recursive: true });
    }
    throw new Error(`It did not start:\n${said.join('')}`);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const closed = once(this.#process, 'close');
      this.#process.kill('SIGTERM');
      await closed;
    }
    rmSync(this.#folder, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('It listens on no port.');
  return address.port;
}

/** False if the process ends instead. */
async function listens(child: ChildProcess, port: number): Promise<boolean> {
  let isOver = false;
  child.once('close', () => {
    isOver = true;
  });
  while (!isOver) {
    if (await answers(port)) return true;
    await sleep(LOOK_MS);
  }
  return false;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
