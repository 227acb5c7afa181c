import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { SHIPPED_MAIN } from './shipped-program.ts';

/** How long a server may take to say that it cannot start, on the slowest machine. */
const REFUSAL_MS = 100_000;

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Another copy of the program than the shipped one. */
  readonly main?: string;
  /** A module to load before the program. */
  readonly preload?: string;
  /** The log line with its address, once it answers. */
  readonly until?: string;
}

/** The server as its own process, on a free port of loopback. */
export class ServerProcess {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #log: string[];

  private constructor(process: ChildProcess, url: string, log: string[]) {
    this.#process = process;
    this.url = url;
    this.#log = log;
  }

  /** Resolves once it serves; throws with its output if it does not start. */
  static async start(databasePath: string, options: StartOptions = {}): Promise<ServerProcess> {
    const { file, args, env } = commandOf(databasePath, options);
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const log: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
    const lines = createInterface({ input: child.stdout });
    const port = await new Promise<number>((resolve, reject) => {
      lines.on('line', (line) => {
        log.push(line);
        const { msg, address } = JSON.parse(line);
        if (msg === (options.until ?? 'serving')) resolve(address.port);
      });
      child.once('close', () => reject(new Error(`The server did not start:\n${log.join('\n')}`)));
    });
    return new ServerProcess(child, `http://127.0.0.1:${port}`, log);
  }

  /** Runs it to its end, for a start that must be refused. */
  static refusal(
    databasePath: string,
    options: StartOptions = {},
  ): { exitCode: number | null; said: string } {
    const { file, args, env } = commandOf(databasePath, options);
    const { status, stderr } = spawnSync(file, args, { env, encoding: 'utf8', timeout: REFUSAL_MS });
    return { exitCode: status, said: stderr };
  }

  /** Starts it without waiting; resolves once it has ended, for any reason. */
  static spawn(databasePath: string, options: StartOptions = {}): { kill(): void; ended: Promise<unknown> } {
    const { file, args, env } = commandOf(databasePath, options);
    const child = spawn(file, args, { env, stdio: 'ignore' });
    return { kill: () => child.kill('SIGKILL'), ended: once(child, 'close') };
  }

  async json(path: string): Promise<unknown> {
    return (await fetch(`${this.url}${path}`)).json();
  }

  /** Asks it to stop, and resolves to its exit code; null if a signal ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { exitCode: known, signalCode } = this.#process;
    if (known !== null || signalCode !== null) return known;
    const closed = once(this.#process, 'close');
    this.#process.kill(signal);
    const [exitCode] = await closed;
    return exitCode;
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN;
  }

  get log(): string {
    return this.#log.join('\n');
  }
}

function commandOf(databasePath: string, { env, main = SHIPPED_MAIN, preload }: StartOptions) {
  return {
    file: process.execPath,
    args: preload === undefined ? [main] : ['--import', preload, main],
    env: { PATH: process.env.PATH, PORT: '0', DATABASE_URL: `sqlite:${databasePath}`, ...env },
  };
}
