-- For people who ask the database with a client of their own: docs/views.md describes the columns.
CREATE FUNCTION "now_ms"() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;--> statement-breakpoint
CREATE FUNCTION "instant"("ms" bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT to_timestamp(ms / 1000.0) $$;--> statement-breakpoint
CREATE VIEW "status" AS
SELECT repo, server, CASE WHEN is_stale THEN 'STALE' ELSE sync_status END AS state,
  instant(CASE WHEN is_stale THEN least(coalesce(stale_at, declared_at), now) ELSE state_since END) AS since,
  sync_status, drift_count, files::json AS files, instant(last_check) AS last_check, instant(received_at) AS received_at,
  instant(stale_at) AS stale_at, instant(last_synced_at) AS last_synced_at, "commit", branch, run_url, error, error_kind, "check",
  labels::json AS labels, incident_id, instant(incident_opened_at) AS incident_opened_at, incident_cause
FROM (
  SELECT t.repo, t.server, t.labels, t.declared_at, s.stale_at, s.state_since, s.last_check, s.received_at, s.last_synced_at,
    s.incident_id, s.incident_opened_at, s.incident_cause, f.sync_status, f.drift_count, coalesce(f.files, '[]') AS files,
    c."commit", c.branch, c.error, c.error_kind, c."check", s.run_url, n.now,
    s.target_id IS NULL OR s.stale_at <= n.now OR s.checked_at > n.now + 300000 AS is_stale
  FROM target t CROSS JOIN (SELECT now_ms() AS now) n
  LEFT JOIN target_status s ON s.target_id = t.id AND s.checked_at IS NOT NULL
  LEFT JOIN finding f ON f.id = s.finding_id
  LEFT JOIN source c ON c.id = s.source_id
  WHERE t.repo IS NOT NULL AND t.deleted_at IS NULL AND (s.target_id IS NOT NULL OR t.declared_at IS NOT NULL)) AS one;--> statement-breakpoint
CREATE VIEW "timeline" AS
WITH now AS MATERIALIZED (SELECT now_ms() AS now),
span AS (
  SELECT p.target_id, p.started_at, p.stale_at, p.finding_id, p."commit", coalesce(
    (SELECT n.started_at FROM period n WHERE n.target_id = p.target_id
      AND (n.started_at, n.received_at) > (p.started_at, p.received_at) ORDER BY n.started_at, n.received_at LIMIT 1),
    (SELECT s.started_at FROM target_status s WHERE s.target_id = p.target_id)) AS next_at
  FROM period p
  UNION ALL
  SELECT s.target_id, s.started_at, s.stale_at, s.finding_id, c."commit", NULL
  FROM target_status s LEFT JOIN source c ON c.id = s.source_id WHERE s.checked_at IS NOT NULL),
segment AS (
  SELECT target_id, f.sync_status AS state, started_at, least(stale_at, next_at, now) AS ended_at, f.drift_count, f.files, "commit"
  FROM span CROSS JOIN now JOIN finding f ON f.id = finding_id
  UNION ALL
  SELECT target_id, 'STALE', stale_at, least(next_at, now), NULL, '[]', NULL FROM span CROSS JOIN now
  UNION ALL
  SELECT t.id, 'STALE', t.declared_at, least(now,
    (SELECT min(p.started_at) FROM period p WHERE p.target_id = t.id),
    (SELECT s.started_at FROM target_status s WHERE s.target_id = t.id)), NULL, '[]', NULL
  FROM target t CROSS JOIN now WHERE t.declared_at IS NOT NULL)
SELECT t.repo, t.server, g.state, instant(g.started_at) AS started_at, instant(g.ended_at) AS ended_at, g.drift_count, (
    SELECT coalesce(json_agg(name ORDER BY place), '[]') FROM (
      SELECT value ->> 'name' AS name, min(place) AS place
      FROM json_array_elements(g.files::json) WITH ORDINALITY AS w(value, place) GROUP BY 1) AS named) AS files, g."commit"
FROM segment g JOIN target t ON t.id = g.target_id
WHERE g.started_at < g.ended_at AND t.repo IS NOT NULL AND t.deleted_at IS NULL;--> statement-breakpoint
CREATE VIEW "incidents" AS
SELECT i.id, t.repo, t.server, instant(i.opened_at) AS opened_at, instant(i.resolved_at) AS resolved_at,
  (greatest(0, coalesce(i.resolved_at, now_ms()) - i.opened_at) / 1000.0)::float8 AS duration_s, i.cause, i.max_drift_count,
  i.files::json AS files, i.files_cut, i.opened_commit, i.resolved_commit, i.deployed_commit, i.opened_run_url, i.resolved_run_url
FROM incident i JOIN target t ON t.id = i.target_id
WHERE t.repo IS NOT NULL AND t.deleted_at IS NULL;
