CREATE VIEW `incidents` AS select i.id, t.repo, t.server, strftime('%Y-%m-%dT%H:%M:%fZ', (i.opened_at) / 1000.0, 'unixepoch') as opened_at, strftime('%Y-%m-%dT%H:%M:%fZ', (i.resolved_at) / 1000.0, 'unixepoch') as resolved_at,
  max(0, coalesce(i.resolved_at, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) - i.opened_at) / 1000.0 as duration_s, i.cause, i.max_drift_count,
  i.files, i.files_cut, i.opened_commit, i.resolved_commit, i.deployed_commit, i.opened_run_url, i.resolved_run_url
from incident i join target t on t.id = i.target_id
where t.repo is not null and t.deleted_at is null;--> statement-breakpoint
CREATE VIEW `status` AS select repo, server, case when is_stale then 'STALE' else sync_status end as state,
  strftime('%Y-%m-%dT%H:%M:%fZ', (case when is_stale then min(coalesce(stale_at, declared_at), now) else state_since end) / 1000.0, 'unixepoch') as since,
  sync_status, drift_count, files, strftime('%Y-%m-%dT%H:%M:%fZ', (last_check) / 1000.0, 'unixepoch') as last_check, strftime('%Y-%m-%dT%H:%M:%fZ', (received_at) / 1000.0, 'unixepoch') as received_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', (stale_at) / 1000.0, 'unixepoch') as stale_at, strftime('%Y-%m-%dT%H:%M:%fZ', (last_synced_at) / 1000.0, 'unixepoch') as last_synced_at,
  "commit", branch, run_url, error, error_kind, "check", labels,
  incident_id, strftime('%Y-%m-%dT%H:%M:%fZ', (incident_opened_at) / 1000.0, 'unixepoch') as incident_opened_at, incident_cause
from (select t.repo, t.server, t.labels, t.declared_at, s.*, f.sync_status, f.drift_count, coalesce(f.files, '[]') as files,
    c."commit", c.branch, c.error, c.error_kind, c."check", r.run_url, n.now,
    s.target_id is null or s.stale_at <= n.now or s.checked_at > n.now + 300000 as is_stale
  from target t join (select cast(round((julianday('now') - 2440587.5) * 86400000) as integer) as now) n
  left join (select target_id, checked_at, received_at, last_check, stale_at, finding_id, source_id, state_since, last_synced_at,
    incident_id, incident_opened_at, incident_cause from target_status) s on s.target_id = t.id
  left join finding f on f.id = s.finding_id
  left join source c on c.id = s.source_id
  left join report r on r.target_id = t.id and r.checked_at = s.checked_at and r.received_lag_ms = s.received_at - s.checked_at
  where t.repo is not null and t.deleted_at is null and (s.target_id is not null or t.declared_at is not null));--> statement-breakpoint
CREATE VIEW `timeline` AS with now as materialized (select cast(round((julianday('now') - 2440587.5) * 86400000) as integer) as now),
span as (select target_id, started_at, received_at, stale_at, finding_id, "commit",
    coalesce((select min(n.started_at) from period n where n.target_id = p.target_id
        and (n.started_at, n.received_at) > (p.started_at, p.received_at)),
      (select s.started_at from target_status s where s.target_id = p.target_id)) as next_at
  from period p
  union all
  select s.target_id, s.started_at, s.start_received_at, s.stale_at, s.finding_id, c."commit", null
  from target_status s left join source c on c.id = s.source_id),
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
select t.repo, t.server, g.state, strftime('%Y-%m-%dT%H:%M:%fZ', (g.started_at) / 1000.0, 'unixepoch') as started_at, strftime('%Y-%m-%dT%H:%M:%fZ', (g.ended_at) / 1000.0, 'unixepoch') as ended_at,
  g.drift_count, (select json_group_array(name) from (select distinct value ->> 'name' as name from json_each(g.files))) as files, g."commit"
from segment g join target t on t.id = g.target_id
where g.started_at < g.ended_at and t.repo is not null and t.deleted_at is null;