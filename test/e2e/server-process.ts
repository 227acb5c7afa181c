import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The server as a process of its own, on a free port of loopback. */
export class ServerProcess {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #log: string[];

  private constructor(process: ChildProcess, url: string, log: string[]) {
    this.#process = process;
    this.url = url;
    this.#log = log;
  }

  /** Resolves once it serves; throws with what it said where it does not come up. */
  static async start(databasePath: string): Promise<ServerProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
      env: { PATH: process.env.PATH, PORT: '0', DATABASE_URL: `sqlite:${databasePath}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
    const lines = createInterface({ input: child.stdout });
    const port = await new Promise<number>((resolve, reject) => {
      lines.on('line', (line) => {
        log.push(line);
        const { msg, address } = JSON.parse(line);
        if (msg === 'serving') resolve(address.port);
      });
      child.once('close', () => reject(new Error(`The server did not start:\n${log.join('\n')}`)));
    });
    return new ServerProcess(child, `http://127.0.0.1:${port}`, log);
  }

  async json(path: string): Promise<unknown> {
    return (await fetch(`${this.url}${path}`)).json();
  }

  /** Asks it to stop, and resolves to its exit code; null where a signal ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { exitCode: known, signalCode } = this.#process;
    if (known !== null || signalCode !== null) return known;
    const closed = once(this.#process, 'close');
    this.#process.kill(signal);
    const [exitCode] = await closed;
    return exitCode;
  }

  get log(): string {
    return this.#log.join('\n');
  }
}
