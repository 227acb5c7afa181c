import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ServerProcess } from './server-process.ts';

const NAME = 'gitops-status-server.service';
const UNIT = readFileSync(fileURLToPath(new URL(`../../docs/${NAME}`, import.meta.url)), 'utf8');

const ANALYZE = '/usr/bin/systemd-analyze';
const MISSING = existsSync(ANALYZE) ? undefined : `${ANALYZE} is not installed`;

/** 2.0 of 10: the exposure of the service, as systemd rates it. */
const MOST_EXPOSED = '20';

describe('the unit for systemd', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-unit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The unit with this machine's Node, which may be elsewhere. */
  const unit = (text = UNIT) => {
    const file = join(folder, NAME);
    writeFileSync(file, text.replace('ExecStart=/usr/bin/node', `ExecStart=${process.execPath}`));
    return file;
  };
  const analyze = (...args: string[]) => promisify(execFile)(ANALYZE, args);

  describe.skipIf(MISSING)(`the unit as systemd reads it${MISSING ? ` (${MISSING})` : ''}`, () => {
    test('has nothing that systemd complains about', async () => {
      expect(await analyze('verify', unit())).toEqual({ stdout: '', stderr: '' });
      const misspelled = UNIT.replace('ProtectHome=', 'ProtectHoem=');
      expect((await analyze('verify', unit(misspelled))).stderr).toContain('ProtectHoem');
    });

    test('gives the server access to little of the machine', async () => {
      const limit = ['security', '--offline=true', '--no-pager', `--threshold=${MOST_EXPOSED}`];
      expect((await analyze(...limit, unit())).stdout).toMatch(/level for \S+: [01]\.\d OK/);
      const open = UNIT.replace(/^(?:Protect|Private|Restrict|SystemCall)\w+=.*$/gm, '');
      await expect(analyze(...limit, unit(open))).rejects.toThrow();
    });
  });

  test('starts the server with its settings, and a database in its state directory', async () => {
    const env = Object.fromEntries(
      [...UNIT.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const state = `/var/lib/${/^StateDirectory=(.*)$/m.exec(UNIT)?.[1]}`;
    expect(env.DATABASE_URL).toBe(`sqlite:${state}/gitops-status.db`);
    const database = join(folder, 'gitops-status.db');
    const server = await ServerProcess.start(database, {
      env: { ...env, DATABASE_URL: `sqlite:${database}` },
    });
    expect(await server.stop()).toBe(0);
    expect(existsSync(database)).toBe(true);
  });
});
