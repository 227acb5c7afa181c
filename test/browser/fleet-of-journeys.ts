const HOUR = 3_600_000;
const NOW = Date.now();
const ago = (hours: number) => new Date(NOW - hours * HOUR).toISOString();

const OLD = 'a'.repeat(40);
export const NEW = 'abc1234'.padEnd(40, '0');

/** A check that is due only after two days: its target is not stale by now. */
const rare = { expected_interval_s: 48 * 3600 };

const synced = (repo: string, server: string, hours: number, fields: object = {}) => ({
  repo,
  server,
  sync_status: 'SYNCED',
  last_check: ago(hours),
  ...fields,
});
const drift = (repo: string, server: string, hours: number, fields: object = {}) => ({
  ...synced(repo, server, hours, fields),
  sync_status: 'OUT_OF_SYNC',
  files: [{ name: `${repo}.conf` }],
});

/** Last night somebody changed web-1 and changed it back. The new commit is not on web-3, whose reports have ended. */
function web(): object[] {
  return [
    ...['web-1', 'web-2', 'web-3'].map((server) => synced('nginx', server, 30, { ...rare, commit: OLD })),
    drift('nginx', 'web-1', 9, { ...rare, commit: OLD }),
    synced('nginx', 'web-1', 7, { ...rare, commit: OLD }),
    ...['web-1', 'web-2'].map((server) => synced('nginx', server, 2, { ...rare, commit: NEW })),
    synced('nginx', 'web-3', 3, { commit: OLD }),
  ];
}

/** Six incidents in a week, and the seventh is open. */
function flapping(): object[] {
  return [6, 5, 4, 3, 2, 1, 0.1].flatMap((days) => [
    synced('app', 'app-1', days * 24 + 1, { ...rare, commit: OLD }),
    drift('app', 'app-1', days * 24, { ...rare, commit: OLD }),
  ]);
}

/** No target has reported for a day. */
function silent(): object[] {
  return ['backup-1', 'backup-2', 'backup-3'].map((server) => synced('backup', server, 24));
}

/** In sync for the first half of last month, and not for the other. */
function monthly(): object[] {
  const { from, to } = lastMonth();
  const at = (last_check: number) => ({
    // Its checks are due after the longest allowed time.
    expected_interval_s: 31 * 24 * 3600,
    last_check: new Date(last_check).toISOString(),
  });
  return [
    synced('db', 'db-1', 0, at(from)),
    drift('db', 'db-1', 0, at((from + to) / 2)),
    synced('db', 'db-1', 0, at(to)),
  ];
}

/** In UTC. */
export function lastMonth(): { readonly from: number; readonly to: number; readonly name: string } {
  const now = new Date(NOW);
  const [from, to] = [1, 0].map((back) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
  const name = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' }).format(from);
  return { from: from ?? 0, to: to ?? 0, name };
}

/** A small fleet with a problem for each question. */
export function journeyReports(): object[] {
  return [...web(), ...flapping(), ...silent(), ...monthly()];
}
