import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from '../e2e/server-process.ts';
import { SHIPPED_MAIN } from '../e2e/shipped-program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The content of a reader's folder: a checkout after `npm ci && npm start`. */
const CHECKOUT = ['dist', 'docs', 'grafana', 'reporter', 'package.json'];

/** The address that the documents print. */
const PRINTED = '127.0.0.1:8080';

interface Outcome {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A reader types each command of a document into one shell, from the beginning, beside a fresh server. */
export class Reader {
  readonly #folder = mkdtempSync(join(tmpdir(), 'gitops-status-docs-'));
  #server: ServerProcess | undefined;
  #port = '';

  constructor() {
    for (const name of CHECKOUT) symlinkSync(join(ROOT, name), this.#at(name));
    mkdirSync(this.#at('.shell'));
    const command = this.#at('.shell/gitops-status-server');
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${SHIPPED_MAIN}' "$@"\n`);
    chmodSync(command, 0o755);
  }

  /** Whether a server is or was there. */
  get hasServed(): boolean {
    return this.#port !== '';
  }

  async serve(): Promise<void> {
    if (this.#server !== undefined) return;
    // A server before it has used its address in a value that the shell remembers.
    const env = this.#port === '' ? {} : { PORT: this.#port };
    this.#server = await ServerProcess.start(this.#at('data/gitops-status.db'), { env });
    this.#port = new URL(this.#server.url).port;
  }

  async stopServing(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  write(name: string, text: string): void {
    writeFileSync(this.#at(name), `${text}\n`, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }

  /** Variables and the working directory stay for the next block. */
  async run(text: string, until: 'exit' | 'output'): Promise<Outcome> {
    const script = [
      '[ ! -f "$SHELL_STATE" ] || . "$SHELL_STATE" 2>/dev/null',
      'remember() { { declare -p | grep -v "^declare -[a-zA-Z]*r"; printf "cd %q\\n" "$PWD"; } > "$SHELL_STATE"; }',
      'trap remember EXIT',
      'set -euo pipefail',
      text.replaceAll(PRINTED, `127.0.0.1:${this.#port}`),
    ];
    const child = spawn('bash', ['-c', script.join('\n')], {
      cwd: this.#folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${this.#at('.shell')}:${process.env.PATH}`,
        HOME: this.#folder,
        SHELL_STATE: this.#at('.shell/state'),
      },
    });
    return this.#outcomeOf(child, until);
  }

  async stop(): Promise<void> {
    await this.stopServing();
    rmSync(this.#folder, { recursive: true });
  }

  async #outcomeOf(child: ChildProcess, until: 'exit' | 'output'): Promise<Outcome> {
    const said = { stdout: '', stderr: '' };
    let isStopped = until === 'exit';
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
        said[stream] += chunk.replaceAll(`127.0.0.1:${this.#port}`, PRINTED);
        if (isStopped || child.pid === undefined) return;
        isStopped = true;
        process.kill(-child.pid);
      });
    }
    const [exit] = await once(child, 'close');
    return { exit, ...said };
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }
}
