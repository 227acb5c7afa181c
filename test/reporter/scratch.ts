import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory for the test: `etc` is the server's /etc, `repo` the working copy of CI. */
export class Scratch {
  readonly root = mkdtempSync(join(tmpdir(), 'reporter-test-'));
  readonly repo = join(this.root, 'repo');
  readonly etc = join(this.root, 'etc');
  readonly home = join(this.root, 'home');
  readonly bin = join(this.root, 'bin');

  constructor() {
    for (const directory of [this.repo, this.etc, this.home, this.bin]) {
      mkdirSync(directory);
    }
  }

  /** Writes a file, named relative to the scratch root. */
  write(name: string, content: string, mode = 0o644): string {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  /** A Git repo with one commit. */
  gitRepo(name: string): void {
    this.write(`${name}/file`, 'one\n');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example', ...args], {
        cwd: join(this.root, name),
        stdio: 'ignore',
      });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
  }

  cloned(name: string, as: string): void {
    execFileSync('git', ['clone', '-q', `file://${join(this.root, name)}`, join(this.root, as)], {
      stdio: 'ignore',
    });
  }

  /** Puts a command in front of the real one of the same name. */
  stub(command: string, script: string): void {
    this.write(`bin/${command}`, `#!/usr/bin/env bash\n${script}\n`, 0o755);
  }

  unstub(...commands: readonly string[]): void {
    for (const command of commands) {
      rmSync(join(this.bin, command));
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
