CREATE TABLE "action" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "action_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"recorded_at" bigint NOT NULL,
	"incident_id" bigint,
	"verified" boolean NOT NULL,
	"actor" text,
	"what" text NOT NULL,
	"repo" text COLLATE "C",
	"server" text COLLATE "C",
	"detail" text
);
--> statement-breakpoint
CREATE TABLE "counter" (
	"name" text PRIMARY KEY NOT NULL,
	"value" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deleted_push" (
	"target_id" bigint PRIMARY KEY NOT NULL,
	"checked_at" bigint NOT NULL,
	"received_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "finding" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "finding_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"last_used_at" bigint NOT NULL,
	"drift_count" bigint,
	"digest" "bytea" NOT NULL,
	"sync_status" text NOT NULL,
	"files" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "former_name" (
	"target_id" bigint NOT NULL,
	"renamed_at" bigint NOT NULL,
	"repo" text COLLATE "C" NOT NULL,
	"server" text COLLATE "C" NOT NULL,
	CONSTRAINT "former_name_repo_server_pk" PRIMARY KEY("repo","server")
);
--> statement-breakpoint
CREATE TABLE "incident" (
	"id" bigint PRIMARY KEY NOT NULL,
	"target_id" bigint NOT NULL,
	"opened_at" bigint NOT NULL,
	"received_at" bigint NOT NULL,
	"resolved_at" bigint,
	"max_drift_count" bigint,
	"deployed_at" bigint,
	"files_cut" boolean NOT NULL,
	"unnamed" boolean NOT NULL,
	"cause" text,
	"opened_commit" text COLLATE "C",
	"resolved_commit" text COLLATE "C",
	"opened_run_url" text,
	"resolved_run_url" text,
	"deployed_commit" text COLLATE "C",
	"files" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lease" (
	"name" text PRIMARY KEY NOT NULL,
	"fence" bigint NOT NULL,
	"until" bigint NOT NULL,
	"said" text
);
--> statement-breakpoint
CREATE TABLE "meta" (
	"key" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "node" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "node_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"seq" bigint DEFAULT 0 NOT NULL,
	"seen_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "period" (
	"target_id" bigint NOT NULL,
	"started_at" bigint NOT NULL,
	"received_at" bigint NOT NULL,
	"finding_id" bigint NOT NULL,
	"last_checked_at" bigint NOT NULL,
	"last_received_at" bigint NOT NULL,
	"stale_at" bigint NOT NULL,
	"starts_state" boolean NOT NULL,
	"sync_status" text NOT NULL,
	"commit" text COLLATE "C",
	"run_url" text,
	CONSTRAINT "period_target_id_started_at_received_at_pk" PRIMARY KEY("target_id","started_at","received_at")
);
--> statement-breakpoint
CREATE TABLE "source" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "source_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"last_used_at" bigint NOT NULL,
	"stale_after_ms" bigint NOT NULL,
	"expected_interval_s" bigint,
	"stale_after_s" bigint,
	"pushed" boolean NOT NULL,
	"after_deploy" boolean NOT NULL,
	"digest" "bytea" NOT NULL,
	"check" text,
	"push_group" text,
	"labels" text,
	"commit" text COLLATE "C",
	"branch" text,
	"tool" text,
	"error" text,
	"error_kind" text,
	"extra" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stale_watch" (
	"target_id" bigint PRIMARY KEY NOT NULL,
	"due_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "target_status" (
	"target_id" bigint PRIMARY KEY NOT NULL,
	"started_at" bigint,
	"start_received_at" bigint,
	"state_since" bigint,
	"state_since_received_at" bigint,
	"finding_id" bigint,
	"incident_id" bigint,
	"incident_opened_at" bigint,
	"source_id" bigint,
	"sync_status" smallint,
	"announced_state" smallint,
	"starts_state" boolean,
	"incident_cause" text,
	"announced_commit" text COLLATE "C",
	"last_synced_commit" text COLLATE "C",
	"period_run_url" text,
	"tail_first_at" bigint,
	"tail_first_received_at" bigint,
	"tail_first_last_check" bigint,
	"tail_first_duration_ms" bigint,
	"last_synced_at" bigint,
	"checked_at" bigint,
	"received_at" bigint,
	"last_check" bigint,
	"stale_at" bigint,
	"newest_received_at" bigint,
	"newest_last_check" bigint,
	"synced_reports" bigint DEFAULT 0 NOT NULL,
	"out_of_sync_reports" bigint DEFAULT 0 NOT NULL,
	"unknown_reports" bigint DEFAULT 0 NOT NULL,
	"duration_ms" bigint,
	"run_url" text,
	"tail_checked" integer[],
	"tail_received" integer[],
	"tail_last_checks" integer[],
	"tail_durations" integer[],
	"tail_run_urls" "bytea"
);
--> statement-breakpoint
CREATE TABLE "target" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "target_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"labels_at" bigint,
	"declared_at" bigint,
	"deleted_at" bigint,
	"last_deleted_at" bigint,
	"repo" text COLLATE "C",
	"server" text COLLATE "C",
	"labels" text DEFAULT '{}' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "token" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "token_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"revoked_at" bigint,
	"last_used_at" bigint,
	"name" text COLLATE "C" NOT NULL,
	"sha256" "bytea" NOT NULL,
	"scopes" text NOT NULL,
	"repos" text
);
--> statement-breakpoint
CREATE TABLE "chunk" (
	"target_id" bigint NOT NULL,
	"first_at" bigint NOT NULL,
	"last_at" bigint NOT NULL,
	"first_received_at" bigint NOT NULL,
	"finding_id" bigint NOT NULL,
	"source_id" bigint NOT NULL,
	"first_last_check" bigint,
	"first_duration_ms" bigint,
	"checked" integer[] NOT NULL,
	"received" integer[] NOT NULL,
	"last_checks" integer[],
	"durations" integer[],
	"run_urls" "bytea",
	CONSTRAINT "chunk_target_id_first_at_last_at_first_received_at_pk" PRIMARY KEY("target_id","first_at","last_at","first_received_at")
);
--> statement-breakpoint
CREATE TABLE "kept_chunk" (
	"target_id" bigint NOT NULL,
	"first_at" bigint NOT NULL,
	"last_at" bigint NOT NULL,
	"first_received_at" bigint NOT NULL,
	"finding_id" bigint NOT NULL,
	"source_id" bigint NOT NULL,
	"first_last_check" bigint,
	"first_duration_ms" bigint,
	"checked" integer[] NOT NULL,
	"received" integer[] NOT NULL,
	"last_checks" integer[],
	"durations" integer[],
	"run_urls" "bytea",
	CONSTRAINT "kept_chunk_target_id_pk" PRIMARY KEY("target_id")
);
--> statement-breakpoint
CREATE TABLE "event_counter" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"seq" bigint NOT NULL,
	"timeline" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"recorded_at" bigint NOT NULL,
	"effective_at" bigint NOT NULL,
	"incident_id" bigint,
	"incident_opened_at" bigint,
	"drift_count" bigint,
	"kind" text NOT NULL,
	"origin" text NOT NULL,
	"actor" text,
	"repo" text COLLATE "C",
	"server" text COLLATE "C",
	"labels" text NOT NULL,
	"previous_state" text,
	"state" text,
	"incident_cause" text,
	"commit" text COLLATE "C",
	"run_url" text,
	"detail" text
);
--> statement-breakpoint
CREATE TABLE "event_pending" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "event_pending_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"recorded_at" bigint NOT NULL,
	"effective_at" bigint NOT NULL,
	"incident_id" bigint,
	"incident_opened_at" bigint,
	"drift_count" bigint,
	"kind" text NOT NULL,
	"origin" text NOT NULL,
	"actor" text,
	"repo" text COLLATE "C",
	"server" text COLLATE "C",
	"labels" text NOT NULL,
	"previous_state" text,
	"state" text,
	"incident_cause" text,
	"commit" text COLLATE "C",
	"run_url" text,
	"detail" text
);
--> statement-breakpoint
CREATE TABLE "acknowledgement" (
	"incident_id" bigint PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"by_verified" boolean NOT NULL,
	"by_name" text,
	"note" text
);
--> statement-breakpoint
CREATE TABLE "mute_target" (
	"mute_id" bigint NOT NULL,
	"target_id" bigint NOT NULL,
	"checked_at" bigint,
	"last_synced_at" bigint,
	CONSTRAINT "mute_target_mute_id_target_id_pk" PRIMARY KEY("mute_id","target_id")
);
--> statement-breakpoint
CREATE TABLE "mute" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mute_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"starts_at" bigint NOT NULL,
	"ends_at" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	"ended_at" bigint,
	"until_in_sync" boolean NOT NULL,
	"by_verified" boolean NOT NULL,
	"ended_by_verified" boolean,
	"by_name" text,
	"ended_by_name" text,
	"matchers" text NOT NULL,
	"reason" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_cursor" (
	"channel" text PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_thread" (
	"id" text PRIMARY KEY NOT NULL,
	"act_at" bigint,
	"told_at" bigint,
	"resolved_at" bigint,
	"closed_at" bigint,
	"message_at" bigint,
	"still_open" bigint,
	"attempts" bigint,
	"try_at" bigint,
	"channel" text NOT NULL,
	"key" text NOT NULL,
	"repo" text COLLATE "C" NOT NULL,
	"condition" text NOT NULL,
	"about" text NOT NULL,
	"message_id" text,
	"phase" text
);
--> statement-breakpoint
CREATE TABLE "notification" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notification_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"target_id" bigint NOT NULL,
	"incident_id" bigint,
	"since" bigint NOT NULL,
	"recorded_at" bigint NOT NULL,
	"due_at" bigint NOT NULL,
	"held_until" bigint,
	"repeat_ms" bigint NOT NULL,
	"told_at" bigint,
	"over_at" bigint,
	"closed_at" bigint,
	"is_flapping" boolean NOT NULL,
	"has_news" boolean NOT NULL,
	"channel" text NOT NULL,
	"condition" text NOT NULL,
	"thread" text,
	"told" text,
	"message_id" text
);
--> statement-breakpoint
CREATE INDEX "action_recorded" ON "action" USING btree ("recorded_at");--> statement-breakpoint
CREATE UNIQUE INDEX "finding_digest" ON "finding" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "former_name_target" ON "former_name" USING btree ("target_id");--> statement-breakpoint
CREATE INDEX "incident_opened" ON "incident" USING btree ("target_id","opened_at","received_at");--> statement-breakpoint
CREATE UNIQUE INDEX "incident_open" ON "incident" USING btree ("target_id") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "period_synced" ON "period" USING btree ("target_id","started_at") WHERE sync_status = 'SYNCED';--> statement-breakpoint
CREATE INDEX "period_starts_state" ON "period" USING btree ("target_id","started_at") WHERE starts_state;--> statement-breakpoint
CREATE INDEX "period_finding" ON "period" USING btree ("finding_id");--> statement-breakpoint
CREATE INDEX "period_commit" ON "period" USING btree ("commit","target_id","started_at") WHERE "commit" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "source_digest" ON "source" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "stale_watch_due" ON "stale_watch" USING btree ("due_at");--> statement-breakpoint
CREATE UNIQUE INDEX "target_name" ON "target" USING btree ("repo","server");--> statement-breakpoint
CREATE INDEX "target_server" ON "target" USING btree ("server");--> statement-breakpoint
CREATE INDEX "target_spelling" ON "target" USING btree (lower("repo"),lower("server"));--> statement-breakpoint
CREATE INDEX "target_purged" ON "target" USING btree ("id") WHERE repo is null;--> statement-breakpoint
CREATE UNIQUE INDEX "token_sha256" ON "token" USING btree ("sha256");--> statement-breakpoint
CREATE UNIQUE INDEX "token_name" ON "token" USING btree ("name") WHERE revoked_at is null;--> statement-breakpoint
CREATE INDEX "event_recorded" ON "event" USING btree ("recorded_at");--> statement-breakpoint
CREATE INDEX "mute_target_target" ON "mute_target" USING btree ("target_id");--> statement-breakpoint
CREATE INDEX "mute_over" ON "mute" USING btree (coalesce("ended_at", "ends_at"));--> statement-breakpoint
CREATE UNIQUE INDEX "notification_thread_key" ON "notification_thread" USING btree ("channel","key") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "notification_thread_act" ON "notification_thread" USING btree ("channel","act_at") WHERE act_at is not null;--> statement-breakpoint
CREATE INDEX "notification_thread_try" ON "notification_thread" USING btree ("channel","try_at") WHERE message_id is not null;--> statement-breakpoint
CREATE INDEX "notification_thread_closed" ON "notification_thread" USING btree ("closed_at") WHERE closed_at is not null;--> statement-breakpoint
CREATE INDEX "notification_open" ON "notification" USING btree ("channel","target_id") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "notification_waiting" ON "notification" USING btree ("channel","due_at") WHERE closed_at is null and told_at is null and thread is null;--> statement-breakpoint
CREATE INDEX "notification_thread_open" ON "notification" USING btree ("thread") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "notification_message" ON "notification" USING btree ("message_id");--> statement-breakpoint
CREATE INDEX "notification_closed" ON "notification" USING btree ("closed_at") WHERE closed_at is not null;