import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CONFIG = fileURLToPath(new URL('../../docs/litestream.yml', import.meta.url));

/** True if Litestream is missing; it says so, so that nobody takes a skipped test for a passed one. */
export function missingLitestream(): boolean {
  const isMissing = spawnSync('litestream', ['version']).status !== 0;
  if (isMissing) console.warn('skipped: not installed here: litestream');
  return isMissing;
}

/** The real Litestream with the shipped configuration, and a folder as its object storage. */
export class Litestream {
  readonly #env: NodeJS.ProcessEnv;
  readonly #databasePath: string;
  readonly log: string[] = [];
  #process: ChildProcess | undefined;

  constructor(databasePath: string, replicaFolder: string) {
    this.#databasePath = databasePath;
    this.#env = {
      PATH: process.env.PATH,
      LITESTREAM_DATABASE: databasePath,
      LITESTREAM_REPLICA_URL: `file://${replicaFolder}`,
    };
  }

  /** Begins to replicate; resolves once the first snapshot is in the replica. */
  async replicate(): Promise<void> {
    const child = spawn('litestream', ['replicate', '-config', CONFIG], { env: this.#env });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on('line', (line) => {
          this.log.push(line);
          if (line.includes('snapshot written')) resolve();
        });
      }
      child.once('close', () => reject(new Error(`Litestream ended:\n${this.log.join('\n')}`)));
    });
  }

  /** As when the machine is switched off: nothing more is sent. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  /** Writes the content of the replica into a new file. */
  restoreTo(file: string): void {
    const args = ['restore', '-config', CONFIG, '-o', file, this.#databasePath];
    const { status, stdout, stderr } = spawnSync('litestream', args, { env: this.#env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`litestream restore failed:\n${stdout}${stderr}`);
  }
}
