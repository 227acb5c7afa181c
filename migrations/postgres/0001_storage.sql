-- What drizzle-kit cannot say. Every report writes a row of these: room for its next version keeps it on its page, so that no index is written.
ALTER TABLE "target_status" SET (fillfactor = 25, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);--> statement-breakpoint
ALTER TABLE "target_status" ALTER "tail_checked" SET STORAGE MAIN, ALTER "tail_received" SET STORAGE MAIN, ALTER "tail_last_checks" SET STORAGE MAIN,
  ALTER "tail_durations" SET STORAGE MAIN, ALTER "tail_run_urls" SET STORAGE MAIN;--> statement-breakpoint
ALTER TABLE "node" SET (fillfactor = 10);--> statement-breakpoint
ALTER TABLE "event_counter" SET (fillfactor = 10);--> statement-breakpoint
ALTER TABLE "event_counter" ADD CONSTRAINT "event_counter_one" CHECK ("one");--> statement-breakpoint
-- Its rows come and go.
ALTER TABLE "event_pending" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);--> statement-breakpoint
INSERT INTO "event_counter" ("one", "seq", "timeline") VALUES (true, 0, 0);--> statement-breakpoint
INSERT INTO "counter" ("name", "value") VALUES ('incident', 0);--> statement-breakpoint
-- Old reports leave with their partition, so that nobody waits. The columns and the key are those of the table that is replaced.
CREATE TABLE "chunk_partitioned" (LIKE "chunk" INCLUDING DEFAULTS) PARTITION BY RANGE ("first_at");--> statement-breakpoint
DROP TABLE "chunk";--> statement-breakpoint
ALTER TABLE "chunk_partitioned" RENAME TO "chunk";--> statement-breakpoint
ALTER TABLE "chunk" ADD CONSTRAINT "chunk_target_id_first_at_last_at_first_received_at_pk" PRIMARY KEY ("target_id", "first_at", "last_at", "first_received_at");--> statement-breakpoint
-- With the rights of the owner, for a role that may insert and owns nothing. ATTACH lets others read and write meanwhile.
CREATE FUNCTION "make_chunk_partition"("name" text, "from_at" bigint, "to_at" bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = gitops_status, pg_temp AS $$
BEGIN
  IF NOT has_table_privilege(session_user, 'chunk', 'INSERT') THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for table chunk';
  END IF;
  -- Two at once: the second finds what the first has made.
  LOCK TABLE chunk IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass(quote_ident(name)) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE chunk INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
  EXECUTE format('ALTER TABLE chunk ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, from_at, to_at);
END $$;
