import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../fixtures.ts';
import { ServerProcess } from '../server-process.ts';
import { postReport } from './answers.ts';
import { withFolder } from './folder.ts';
import { expectExactlyOnce, expectSound } from './kept.ts';
import { Load } from './load.ts';

const SHIFTED_CLOCK = fileURLToPath(new URL('./shifted-clock.mjs', import.meta.url));
const TEN_YEARS = 3652 * DAY;
const JUMPS = [HOUR, -HOUR, TEN_YEARS, -TEN_YEARS, 0];
const SENT_PER_JUMP = 60;
/** The default validity of a report, and how far it may be ahead of the clock. */
const VALID_FOR = 10 * MINUTE;
const AHEAD = 5 * MINUTE;

interface Row {
  readonly server: string;
  readonly state: string;
  readonly sync_status: string;
  readonly last_check: string;
}

test('a clock that jumps by an hour and by ten years, there and back: 0 lost, 0 false SYNCED, the process lives', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    const clock = jumpingClock(join(folder, 'offset'));
    const options = { preload: SHIFTED_CLOCK, env: { CLOCK_OFFSET_FILE: clock.file } };
    let server = await ServerProcess.start(path, options);
    try {
      const load = new Load(server, { repo: 'fleet' });
      const send = async () => {
        for (let i = 0; i < SENT_PER_JUMP; i++) await load.send();
      };
      await send();
      for (const offset of JUMPS) {
        clock.jumpTo(offset);
        await send();
        // One reporter whose clock moves along, and one whose clock is right.
        await postReport(server, { server: 'along', last_check: isoAt(Date.now() + offset) });
        await postReport(server, { server: 'right', last_check: isoAt(Date.now()) });
        await expectNoFalseSynced(server, Date.now() + offset);
      }
      expect(await healthOf(server)).toBe(200);

      // The process after all this is killed at the right time, and at a wrong one.
      for (const offset of [0, TEN_YEARS, 0]) {
        await server.stop('SIGKILL');
        clock.jumpTo(offset);
        server = await ServerProcess.start(path, options);
        await expectNoFalseSynced(server, Date.now() + offset);
      }
      for (const { status } of await load.retry(server)) expect([200, 201]).toContain(status);
      await expectExactlyOnce(server, 'fleet', load);
      await expectSound(path);
    } finally {
      await server.stop('SIGKILL');
    }
  }));

/** A clock for every process that has loaded `shifted-clock.mjs`. */
function jumpingClock(file: string) {
  const jumpTo = (ms: number) => {
    writeFileSync(`${file}.new`, String(ms));
    renameSync(`${file}.new`, file);
  };
  jumpTo(0);
  return { file, jumpTo };
}

/** SYNCED is said only of a target whose newest report says so, and is neither too old nor from the future. */
async function expectNoFalseSynced(server: ServerProcess, now: number): Promise<void> {
  const rows = (await server.json('/status.json')) as Row[];
  expect(rows.length).toBeGreaterThan(0);
  const doubtful = rows.filter(({ state, sync_status: found, last_check: checked }) => {
    const age = now - Date.parse(checked);
    const isFresh = age <= VALID_FOR && age >= -AHEAD;
    return state === 'SYNCED' && !(found === 'SYNCED' && isFresh);
  });
  expect(doubtful).toEqual([]);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  for (const { server: name, state } of rows) {
    expect(metrics).toMatch(
      new RegExp(`gitops_sync_status\\{repo="[a-z]+",server="${name}"\\} ${state === 'SYNCED' ? 1 : 0}\\n`),
    );
  }
}

async function healthOf(server: ServerProcess): Promise<number> {
  const answer = await fetch(`${server.url}/healthz`);
  await answer.text();
  return answer.status;
}

function isoAt(at: number): string {
  return new Date(at).toISOString();
}
