CREATE TABLE `event` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`recorded_at` integer NOT NULL,
	`effective_at` integer NOT NULL,
	`kind` text NOT NULL,
	`origin` text NOT NULL,
	`actor` text,
	`repo` text,
	`server` text,
	`labels` text NOT NULL,
	`previous_state` text,
	`state` text,
	`incident_id` integer,
	`incident_opened_at` integer,
	`incident_cause` text,
	`drift_count` integer,
	`commit` text,
	`run_url` text,
	`detail` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `finding` (
	`id` integer PRIMARY KEY NOT NULL,
	`digest` blob NOT NULL,
	`sync_status` text NOT NULL,
	`drift_count` integer,
	`files` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `finding_digest` ON `finding` (`digest`);--> statement-breakpoint
CREATE TABLE `former_name` (
	`repo` text NOT NULL,
	`server` text NOT NULL,
	`target_id` integer NOT NULL,
	`renamed_at` integer NOT NULL,
	PRIMARY KEY(`repo`, `server`),
	FOREIGN KEY (`target_id`) REFERENCES `target`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `former_name_target` ON `former_name` (`target_id`);--> statement-breakpoint
CREATE TABLE `incident` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`target_id` integer NOT NULL,
	`opened_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`resolved_at` integer,
	`cause` text,
	`max_drift_count` integer,
	`files` text NOT NULL,
	`files_cut` integer NOT NULL,
	`unnamed` integer NOT NULL,
	`opened_commit` text,
	`resolved_commit` text,
	`opened_run_url` text,
	`resolved_run_url` text,
	`deployed_at` integer,
	`deployed_commit` text
) STRICT;
--> statement-breakpoint
CREATE INDEX `incident_opened` ON `incident` (`target_id`,`opened_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `incident_open` ON `incident` (`target_id`) WHERE resolved_at is null;--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `period` (
	`target_id` integer NOT NULL,
	`started_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`finding_id` integer NOT NULL,
	`sync_status` text NOT NULL,
	`starts_state` integer NOT NULL,
	`last_checked_at` integer NOT NULL,
	`last_received_at` integer NOT NULL,
	`stale_at` integer NOT NULL,
	`commit` text,
	`run_url` text,
	PRIMARY KEY(`target_id`, `started_at`, `received_at`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `period_synced` ON `period` (`target_id`,`started_at`) WHERE sync_status = 'SYNCED';--> statement-breakpoint
CREATE INDEX `period_starts_state` ON `period` (`target_id`,`started_at`) WHERE starts_state = 1;--> statement-breakpoint
CREATE INDEX `period_finding` ON `period` (`finding_id`);--> statement-breakpoint
CREATE TABLE `report` (
	`target_id` integer NOT NULL,
	`checked_at` integer NOT NULL,
	`received_lag_ms` integer NOT NULL,
	`finding_id` integer NOT NULL,
	`source_id` integer NOT NULL,
	`last_check_lead_ms` integer NOT NULL,
	`duration_ms` integer,
	`run_url` text,
	PRIMARY KEY(`target_id`, `checked_at`, `received_lag_ms`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `source` (
	`id` integer PRIMARY KEY NOT NULL,
	`digest` blob NOT NULL,
	`stale_after_ms` integer NOT NULL,
	`expected_interval_s` integer,
	`stale_after_s` integer,
	`check` text,
	`pushed` integer NOT NULL,
	`after_deploy` integer NOT NULL,
	`labels` text,
	`commit` text,
	`branch` text,
	`tool` text,
	`error` text,
	`error_kind` text,
	`extra` text NOT NULL,
	`last_used_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `source_digest` ON `source` (`digest`);--> statement-breakpoint
CREATE TABLE `target_status` (
	`target_id` integer PRIMARY KEY NOT NULL,
	`checked_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`last_check` integer NOT NULL,
	`stale_at` integer NOT NULL,
	`finding_id` integer NOT NULL,
	`source_id` integer NOT NULL,
	`sync_status` integer NOT NULL,
	`started_at` integer NOT NULL,
	`start_received_at` integer NOT NULL,
	`starts_state` integer NOT NULL,
	`state_since` integer NOT NULL,
	`state_since_received_at` integer NOT NULL,
	`last_synced_at` integer,
	`newest_received_at` integer NOT NULL,
	`newest_last_check` integer NOT NULL,
	`synced_reports` integer NOT NULL,
	`out_of_sync_reports` integer NOT NULL,
	`unknown_reports` integer NOT NULL,
	`incident_id` integer,
	`incident_opened_at` integer,
	`incident_cause` text,
	`announced_state` integer,
	`announced_commit` text,
	`last_synced_commit` text,
	`period_run_url` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `target` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`repo` text,
	`server` text,
	`labels` text DEFAULT '{}' NOT NULL,
	`labels_at` integer,
	`declared_at` integer,
	`deleted_at` integer,
	`last_deleted_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `target_name` ON `target` (`repo`,`server`);--> statement-breakpoint
CREATE TABLE `token` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`sha256` blob NOT NULL,
	`scopes` text NOT NULL,
	`repos` text,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `token_name` ON `token` (`name`) WHERE revoked_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX `token_sha256` ON `token` (`sha256`);