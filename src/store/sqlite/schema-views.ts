import { sql } from 'drizzle-orm';
import { integer, sqliteView, text } from 'drizzle-orm/sqlite-core';
import { CAUSES } from '../../domain/incident.ts';
import { STATES } from '../../domain/state.ts';

// For people who open the database with a client of their own. Instants are RFC 3339 in UTC; docs/views.md describes
// the columns. The views give what the API answers, except for words and mutes. Their text works with SQLite 3.40, the
// version in Debian 12.

const NOW = "cast(round((julianday('now') - 2440587.5) * 86400000) as integer)";
const MAX_AHEAD_MS = 300_000;

const instant = (at: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', (${at}) / 1000.0, 'unixepoch')`;
const fileNames = (files: string) =>
  `(select json_group_array(name) from (select distinct value ->> 'name' as name from json_each(${files})))`;

/** The status of each target, as in `/api/v1/status`. */
export const statusView = sqliteView('status', {
  repo: text('repo').notNull(),
  server: text('server').notNull(),
  state: text('state', { enum: STATES }).notNull(),
  since: text('since').notNull(),
  syncStatus: text('sync_status'),
  driftCount: integer('drift_count'),
  files: text('files').notNull(),
  lastCheck: text('last_check'),
  receivedAt: text('received_at'),
  staleAt: text('stale_at'),
  lastSyncedAt: text('last_synced_at'),
  commit: text('commit'),
  branch: text('branch'),
  runUrl: text('run_url'),
  error: text('error'),
  errorKind: text('error_kind'),
  check: text('check'),
  labels: text('labels').notNull(),
  incidentId: integer('incident_id'),
  incidentOpenedAt: text('incident_opened_at'),
  incidentCause: text('incident_cause', { enum: CAUSES }),
}).as(
  sql.raw(`select repo, server, case when is_stale then 'STALE' else sync_status end as state,
  ${instant('case when is_stale then min(coalesce(stale_at, declared_at), now) else state_since end')} as since,
  sync_status, drift_count, files, ${instant('last_check')} as last_check, ${instant('received_at')} as received_at,
  ${instant('stale_at')} as stale_at, ${instant('last_synced_at')} as last_synced_at,
  "commit", branch, run_url, error, error_kind, "check", labels,
  incident_id, ${instant('incident_opened_at')} as incident_opened_at, incident_cause
from (select t.repo, t.server, t.labels, t.declared_at, s.*, f.sync_status, f.drift_count, coalesce(f.files, '[]') as files,
    c."commit", c.branch, c.error, c.error_kind, c."check", r.run_url, n.now,
    s.target_id is null or s.stale_at <= n.now or s.checked_at > n.now + ${MAX_AHEAD_MS} as is_stale
  from target t join (select ${NOW} as now) n
  left join (select target_id, checked_at, received_at, last_check, stale_at, finding_id, source_id, state_since, last_synced_at,
    incident_id, incident_opened_at, incident_cause from target_status) s on s.target_id = t.id
  left join finding f on f.id = s.finding_id
  left join source c on c.id = s.source_id
  left join report r on r.target_id = t.id and r.checked_at = s.checked_at and r.received_lag_ms = s.received_at - s.checked_at
  where t.repo is not null and t.deleted_at is null and (s.target_id is not null or t.declared_at is not null))`),
);

const SPANS = `select target_id, started_at, received_at, stale_at, finding_id, "commit",
    coalesce((select min(n.started_at) from period n where n.target_id = p.target_id
        and (n.started_at, n.received_at) > (p.started_at, p.received_at)),
      (select s.started_at from target_status s where s.target_id = p.target_id)) as next_at
  from period p
  union all
  select s.target_id, s.started_at, s.start_received_at, s.stale_at, s.finding_id, c."commit", null
  from target_status s left join source c on c.id = s.source_id`;

/** The states over time, including STALE, as in `/api/v1/timeline`. */
export const timelineView = sqliteView('timeline', {
  repo: text('repo').notNull(),
  server: text('server').notNull(),
  state: text('state', { enum: STATES }).notNull(),
  startedAt: text('started_at').notNull(),
  endedAt: text('ended_at').notNull(),
  driftCount: integer('drift_count'),
  files: text('files').notNull(),
  commit: text('commit'),
}).as(
  sql.raw(`with now as materialized (select ${NOW} as now),
span as (${SPANS}),
segment as (
  select target_id, sync_status as state, started_at, min(stale_at, coalesce(next_at, stale_at), now) as ended_at,
    drift_count, files, "commit"
  from span, now join finding f on f.id = finding_id
  union all
  select target_id, 'STALE', stale_at, min(coalesce(next_at, now), now), null, '[]', null from span, now
  union all
  select t.id, 'STALE', t.declared_at, min(now, coalesce(
    (select min(p.started_at) from period p where p.target_id = t.id),
    (select s.started_at from target_status s where s.target_id = t.id), now)), null, '[]', null
  from target t, now where t.declared_at is not null)
select t.repo, t.server, g.state, ${instant('g.started_at')} as started_at, ${instant('g.ended_at')} as ended_at,
  g.drift_count, ${fileNames('g.files')} as files, g."commit"
from segment g join target t on t.id = g.target_id
where g.started_at < g.ended_at and t.repo is not null and t.deleted_at is null`),
);

/** The incidents, as in `/api/v1/incidents`. */
export const incidentsView = sqliteView('incidents', {
  id: integer('id').notNull(),
  repo: text('repo').notNull(),
  server: text('server').notNull(),
  openedAt: text('opened_at').notNull(),
  resolvedAt: text('resolved_at'),
  durationS: integer('duration_s').notNull(),
  cause: text('cause', { enum: CAUSES }),
  maxDriftCount: integer('max_drift_count'),
  files: text('files').notNull(),
  filesCut: integer('files_cut', { mode: 'boolean' }).notNull(),
  openedCommit: text('opened_commit'),
  resolvedCommit: text('resolved_commit'),
  deployedCommit: text('deployed_commit'),
  openedRunUrl: text('opened_run_url'),
  resolvedRunUrl: text('resolved_run_url'),
}).as(
  sql.raw(`select i.id, t.repo, t.server, ${instant('i.opened_at')} as opened_at, ${instant('i.resolved_at')} as resolved_at,
  max(0, coalesce(i.resolved_at, ${NOW}) - i.opened_at) / 1000.0 as duration_s, i.cause, i.max_drift_count,
  i.files, i.files_cut, i.opened_commit, i.resolved_commit, i.deployed_commit, i.opened_run_url, i.resolved_run_url
from incident i join target t on t.id = i.target_id
where t.repo is not null and t.deleted_at is null`),
);
