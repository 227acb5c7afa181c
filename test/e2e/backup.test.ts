import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from './command.ts';
import { postReport, scratch } from './scratch.ts';

describe('backup and restore, as commands', () => {
  test('beside a server under constant load, nothing acknowledged before is missing', async () => {
    const { at, serve } = scratch();
    const [databasePath, file] = [at('status.db'), at('backup.db')];
    const server = await serve(databasePath);
    const acknowledged: string[] = [];
    const post = async () => {
      const name = `s${acknowledged.length}`;
      expect(await postReport(server.url, name)).toBe(201);
      acknowledged.push(name);
    };
    for (let i = 0; i < 20; i++) await post();
    const before = [...acknowledged];
    let isOver = false;
    const backingUp = runCommand(databasePath, ['backup', file]).finally(() => {
      isOver = true;
    });
    while (!isOver) await post();
    const backup = await backingUp;
    expect(acknowledged.length).toBeGreaterThan(before.length);
    expect(backup).toMatchObject({ exitCode: 0, stderr: '' });
    expect(backup.stdout).toMatch(/^\/.*backup\.db: \d+ bytes, \d+ reports\n$/);

    const refused = await runCommand(databasePath, ['restore', file]);
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/is open in another process/),
    });
    expect(await server.stop()).toBe(0);
    // By a relative name, as people type it.
    const restored = await runCommand(databasePath, ['restore', 'backup.db'], { cwd: dirname(file) });
    expect(restored).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('status.db.replaced-') });

    const again = await serve(databasePath);
    const statuses = (await again.json('/status.json')) as { server: string }[];
    expect(statuses.map((status) => status.server)).toEqual(expect.arrayContaining(before));
    expect(await postReport(again.url, 'after')).toBe(201);
  });

  test('say in one line what is wrong, and end with 1', async () => {
    const { at } = scratch();
    const none = at('none.db');
    const commands = [['backup', at('copy.db')], ['export'], ['restore', at('copy.db')]];
    const outcomes = await Promise.all(commands.map((args) => runCommand(none, args)));
    const noDatabase = `There is no database at ${none}: does DATABASE_URL name the right one?\n`;
    expect(outcomes).toEqual([
      { exitCode: 1, stdout: '', stderr: noDatabase },
      { exitCode: 1, stdout: '', stderr: noDatabase },
      { exitCode: 1, stdout: '', stderr: `There is no ${at('copy.db')}.\n` },
    ]);
  });
});
