import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The real Pushgateway on a free port of loopback. */
export class PushgatewayProcess {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  /** Resolves once it serves; throws with its output if it does not start. */
  static async start(folder: string): Promise<PushgatewayProcess> {
    const args = [
      '--web.listen-address=127.0.0.1:0',
      // Otherwise Debian's continues with the data of another run.
      `--persistence.file=${join(folder, 'pushgateway.data')}`,
    ];
    const child = spawn('prometheus-pushgateway', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const log: string[] = [];
    const address = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        log.push(line);
        const [, listening] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
        if (listening !== undefined) resolve(listening);
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error(`Pushgateway did not start:\n${log.join('\n')}`)));
    });
    return new PushgatewayProcess(child, `http://${address}`);
  }

  async stop(): Promise<void> {
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGTERM');
    await closed;
  }
}
