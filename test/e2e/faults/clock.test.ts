import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../fixtures.ts';
import { ServerProcess } from '../server-process.ts';
import { postReport } from './answers.ts';
import { withFolder } from './folder.ts';
import { expectExactlyOnce, expectSound } from './kept.ts';
import { Load } from './load.ts';

const SHIFTED_CLOCK = fileURLToPath(new URL('./shifted-clock.mjs', import.meta.url));
const iso = (at: number) => new Date(at).toISOString();

test('a clock that jumps back an hour loses nothing, reorders nothing, and invents no SYNCED', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    const offsetFile = join(folder, 'offset');
    const shiftClock = (ms: number) => {
      writeFileSync(`${offsetFile}.new`, String(ms));
      renameSync(`${offsetFile}.new`, offsetFile);
    };
    shiftClock(0);
    const options = { preload: SHIFTED_CLOCK, env: { CLOCK_OFFSET_FILE: offsetFile } };
    let server = await ServerProcess.start(path, options);
    try {
      const load = new Load(server, { repo: 'fleet' });
      for (let i = 0; i < 50; i++) expect((await load.send()).status).toBeLessThan(300);
      const now = Date.now();
      const drifted = { sync_status: 'OUT_OF_SYNC', files: [{ name: 'a' }] };
      expect((await postReport(server, { last_check: iso(now) })).status).toBe(201);

      shiftClock(-HOUR);
      for (let i = 0; i < 50; i++) expect((await load.send()).status).toBeLessThan(300);

      // Of the same instant: the later arrival counts, although it seems to be an hour earlier.
      const tied = await postReport(server, { last_check: iso(now), ...drifted });
      expect(tied.status).toBe(422);
      const problem = (await tied.json()) as { detail: string };
      expect(problem.detail).toMatch(/last_check is .*, but the server's clock says .*ahead/);

      // A machine with the server's clock reports from before the newest report: its report is stored, as late.
      const late = await postReport(server, { last_check: iso(now - HOUR), ...drifted });
      expect(await late.json()).toMatchObject({ recorded: 'new', change: 'late' });
      await expectSane(server);

      await server.stop('SIGKILL');
      server = await ServerProcess.start(path, options);
      await expectSane(server);

      shiftClock(0);
      const again = await postReport(server, { last_check: iso(now), ...drifted });
      expect(await again.json()).toMatchObject({ recorded: 'new', change: 'changed', since: iso(now) });
      await expectSane(server);
      await expectExactlyOnce(server, 'fleet', load);
      await expectSound(path);
    } finally {
      await server.stop('SIGKILL');
    }
  }));

test('of two reports of one instant the later arrival counts, although the clock jumped back in between', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    const offsetFile = join(folder, 'offset');
    writeFileSync(offsetFile, '0');
    const server = await ServerProcess.start(path, {
      preload: SHIFTED_CLOCK,
      env: { CLOCK_OFFSET_FILE: offsetFile },
    });
    try {
      const instant = iso(Date.now() - 2 * HOUR);
      const drifted = { sync_status: 'OUT_OF_SYNC', files: [{ name: 'a' }] };
      expect((await postReport(server, { last_check: instant })).status).toBe(201);
      writeFileSync(offsetFile, String(-HOUR));
      expect(await (await postReport(server, { last_check: instant, ...drifted })).json()).toMatchObject({
        change: 'changed',
        incident: { opened_at: instant },
      });
      expect(await server.json('/status.json')).toMatchObject([{ sync_status: 'OUT_OF_SYNC' }]);
      const { rows } = (await server.json('/api/v1/reports')) as { rows: { sync_status: string }[] };
      expect(rows.map((row) => row.sync_status)).toEqual(['OUT_OF_SYNC', 'SYNCED']);
      await expectSound(path);
    } finally {
      await server.stop('SIGKILL');
    }
  }));

/** Nothing ends before it begins, nothing is valid for longer than it said, and the metrics say the same. */
async function expectSane(server: ServerProcess): Promise<void> {
  const rows = (await server.json('/status.json')) as Record<string, string>[];
  for (const { since = '', last_check: checked = '', stale_at: staleAt = '', state } of rows) {
    expect(Date.parse(staleAt) - Date.parse(checked)).toBe(10 * MINUTE);
    if (state !== 'STALE') expect(Date.parse(since)).toBeLessThanOrEqual(Date.parse(checked));
  }
  for (const list of ['timeline', 'incidents']) {
    for (const row of (await server.json(`/api/v1/${list}`)) as Record<string, string | number>[]) {
      expect(row.duration_s ?? 0).toBeGreaterThanOrEqual(0);
      expect(`${row.from ?? row.opened_at}` <= `${row.to ?? row.resolved_at ?? 'now'}`).toBe(true);
    }
  }
  const inSync = await (await fetch(`${server.url}/metrics`)).text();
  for (const { repo, server: name, state } of rows) {
    expect(inSync).toContain(
      `gitops_sync_status{repo="${repo}",server="${name}"} ${state === 'SYNCED' ? 1 : 0}`,
    );
  }
}
