-- What drizzle-kit cannot say. Every report writes a row of these: room for its next version keeps it on its page, so that no index is written.
ALTER TABLE "target_status" SET (fillfactor = 25, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);--> statement-breakpoint
ALTER TABLE "node" SET (fillfactor = 10);--> statement-breakpoint
ALTER TABLE "event_counter" SET (fillfactor = 10);--> statement-breakpoint
ALTER TABLE "event_counter" ADD CONSTRAINT "event_counter_one" CHECK ("one");--> statement-breakpoint
-- Its rows come and go.
ALTER TABLE "event_pending" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);--> statement-breakpoint
INSERT INTO "event_counter" ("one", "seq", "timeline") VALUES (true, 0, 0);--> statement-breakpoint
INSERT INTO "counter" ("name", "value") VALUES ('incident', 0);
