CREATE TABLE `finding` (
	`id` integer PRIMARY KEY NOT NULL,
	`digest` blob NOT NULL,
	`sync_status` text NOT NULL,
	`drift_count` integer NOT NULL,
	`files` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `finding_digest` ON `finding` (`digest`);--> statement-breakpoint
CREATE TABLE `incident` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`target_id` integer NOT NULL,
	`opened_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`resolved_at` integer,
	`cause` text,
	`max_drift_count` integer NOT NULL,
	`files` text NOT NULL,
	`opened_commit` text,
	`resolved_commit` text,
	`opened_run_url` text,
	`resolved_run_url` text,
	FOREIGN KEY (`target_id`) REFERENCES `target`(`id`) ON UPDATE no action ON DELETE cascade
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
	`opens_state` integer NOT NULL,
	`last_check` integer NOT NULL,
	`stale_at` integer NOT NULL,
	`reports` integer NOT NULL,
	`commit` text,
	`run_url` text,
	PRIMARY KEY(`target_id`, `started_at`, `received_at`),
	FOREIGN KEY (`target_id`) REFERENCES `target`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`finding_id`) REFERENCES `finding`(`id`) ON UPDATE no action ON DELETE no action
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `period_synced` ON `period` (`target_id`,`started_at`) WHERE sync_status = 'SYNCED';--> statement-breakpoint
CREATE INDEX `period_opens_state` ON `period` (`target_id`,`started_at`) WHERE opens_state = 1;--> statement-breakpoint
CREATE INDEX `period_finding` ON `period` (`finding_id`);--> statement-breakpoint
CREATE TABLE `report` (
	`target_id` integer NOT NULL,
	`checked_at` integer NOT NULL,
	`finding_id` integer NOT NULL,
	`source_id` integer NOT NULL,
	`received_lag_ms` integer NOT NULL,
	`duration_ms` integer,
	`run_url` text,
	PRIMARY KEY(`target_id`, `checked_at`, `finding_id`),
	FOREIGN KEY (`target_id`) REFERENCES `target`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `source` (
	`id` integer PRIMARY KEY NOT NULL,
	`digest` blob NOT NULL,
	`stale_after_ms` integer NOT NULL,
	`expected_interval_s` integer,
	`commit` text,
	`branch` text,
	`tool` text,
	`error` text,
	`error_kind` text,
	`extra` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `source_digest` ON `source` (`digest`);--> statement-breakpoint
CREATE TABLE `target` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`repo` text NOT NULL,
	`server` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `target_name` ON `target` (`repo`,`server`);