import { ServerProcess } from '../server-process.ts';

/** Nodes on one database, each of which may be killed, frozen and started again. */
export class Fleet {
  readonly #env: Readonly<Record<string, string>>;
  readonly #nodes: ServerProcess[];

  private constructor(env: Readonly<Record<string, string>>, nodes: ServerProcess[]) {
    this.#env = env;
    this.#nodes = nodes;
  }

  /** Starts all at the same time. */
  static async start(databaseUrl: string, count: number): Promise<Fleet> {
    const env = { DATABASE_URL: databaseUrl };
    const starting = Array.from({ length: count }, () => ServerProcess.start('', { env }));
    return new Fleet(env, await Promise.all(starting));
  }

  get size(): number {
    return this.#nodes.length;
  }

  /** Any number names a node: they go round. */
  at(place: number): ServerProcess {
    const node = this.#nodes[place % this.#nodes.length];
    if (node === undefined) throw new Error('There must be a node.');
    return node;
  }

  /** Ends a node with a signal, and starts one in its place, on another port. */
  async restart(place: number, signal: NodeJS.Signals): Promise<void> {
    await this.at(place).stop(signal);
    this.#nodes[place % this.size] = await ServerProcess.start('', { env: this.#env });
  }

  /** Kills all, and starts all at the same time. */
  async restartAll(): Promise<void> {
    await Promise.all(this.#nodes.map((_, place) => this.restart(place, 'SIGKILL')));
  }

  signal(place: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.at(place).pid, signal);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop('SIGKILL')));
  }
}
