import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { someOf } from '../full-length.ts';
import { withFolder } from './faults/folder.ts';
import { postReport } from './scratch.ts';
import { ServerProcess } from './server-process.ts';
import { SHIPPED_MAIN } from './shipped-program.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

function modesIn(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))]));
}

/** Under a umask, from a shell, as a service manager or a person does it. */
function shell(umask: string, path: string, command: string): void {
  const { status, stderr } = spawnSync('sh', ['-c', `umask ${umask}; ${command}`], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: `sqlite:${path}`,
      SERVER: SHIPPED_MAIN,
      NODE: process.execPath,
    },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
}

/** Serves under a umask, and looks at the files while there is a log. */
async function served(umask: string, path: string, look: (url: string) => Promise<void>): Promise<void> {
  const child = spawn('sh', ['-c', `umask ${umask}; exec "$NODE" "$SERVER"`], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATABASE_URL: `sqlite:${path}`,
      SERVER: SHIPPED_MAIN,
      NODE: process.execPath,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { msg, address } = JSON.parse(line);
      if (msg !== 'serving') continue;
      await look(`http://127.0.0.1:${address.port}`);
      break;
    }
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

const UMASKS = ['000', '022', '027', '277'];

describe.each(someOf(UMASKS, 1))('under the umask %s', (umask) => {
  test('a database, its log, its folders, backups and exports are readable only by their user', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'new', 'folder', 'status.db');
      await served(umask, path, async (url) => {
        expect(await postReport(url, 'a')).toBe(201);
        expect(modesIn(join(path, '..'))).toEqual({
          'status.db': '600',
          'status.db-wal': '600',
          'status.db-shm': '600',
        });
        shell(umask, path, `"$NODE" "$SERVER" backup ${folder}/copy.db`);
      });
      expect([modeOf(join(folder, 'new')), modeOf(join(folder, 'new', 'folder'))]).toEqual(['700', '700']);
      expect(modeOf(join(folder, 'copy.db'))).toBe('600');
      shell(umask, path, `"$NODE" "$SERVER" export > ${folder}/reports.ndjson`);
      expect(modeOf(join(folder, 'reports.ndjson'))).toBe('600');
      chmodSync(join(folder, 'copy.db'), 0o644);
      shell(umask, path, `"$NODE" "$SERVER" restore ${folder}/copy.db`);
      expect(Object.values(modesIn(join(path, '..')))).toEqual(['600', '600']);
      const elsewhere = join(folder, 'elsewhere', 'status.db');
      shell(umask, elsewhere, `"$NODE" "$SERVER" restore ${folder}/copy.db`);
      expect([modeOf(elsewhere), modeOf(join(elsewhere, '..'))]).toEqual(['600', '700']);
    }));
});

test('a database that others could read becomes private at the start, with its log, and that is logged', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    const first = await ServerProcess.start(path);
    expect(await postReport(first.url, 'a')).toBe(201);
    await first.stop('SIGKILL');
    for (const suffix of ['', '-wal', '-shm']) chmodSync(`${path}${suffix}`, 0o664);
    const second = await ServerProcess.start(path);
    try {
      expect(modesIn(folder)).toEqual({ 'status.db': '600', 'status.db-wal': '600', 'status.db-shm': '600' });
      const told = second.log.split('\n').filter((line) => line.includes('others could read the database'));
      expect(told.map((line) => JSON.parse(line))).toMatchObject([
        { file: path, mode: '0664' },
        { file: `${path}-wal`, mode: '0664' },
        { file: `${path}-shm`, mode: '0664' },
      ]);
    } finally {
      await second.stop();
    }
  }));

/** Only root can start a server as another user. */
test.skipIf(process.getuid?.() !== 0)(
  'a database of another user is served, and the log says that others can read it',
  () =>
    withFolder(async (folder) => {
      chmodSync(folder, 0o777);
      const path = join(folder, 'status.db');
      await openStore({ databasePath: path }, '0.0.0-test').close();
      chmodSync(path, 0o666);
      const child = spawn(process.execPath, [SHIPPED_MAIN], {
        env: { PATH: process.env.PATH, PORT: '0', DATABASE_URL: `sqlite:${path}` },
        uid: 65534,
        gid: 65534,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'close');
      const lines: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(line);
        if (line.includes('"serving"')) child.kill('SIGTERM');
      }
      await ended;
      expect(lines.find((line) => line.includes('others can read the database'))).toContain('"mode":"0666"');
      expect(modeOf(path)).toBe('666');
    }),
);
