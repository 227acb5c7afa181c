CREATE TABLE `action` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`recorded_at` integer NOT NULL,
	`actor` text,
	`verified` integer NOT NULL,
	`what` text NOT NULL,
	`repo` text,
	`server` text,
	`incident_id` integer,
	`detail` text
) STRICT;
--> statement-breakpoint
CREATE INDEX `action_recorded` ON `action` (`recorded_at`);--> statement-breakpoint
CREATE TABLE `deleted_push` (
	`target_id` integer PRIMARY KEY NOT NULL,
	`checked_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	FOREIGN KEY (`target_id`) REFERENCES `target`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE TABLE `acknowledgement` (
	`incident_id` integer PRIMARY KEY NOT NULL,
	`by_name` text,
	`by_verified` integer NOT NULL,
	`note` text,
	`at` integer NOT NULL,
	FOREIGN KEY (`incident_id`) REFERENCES `incident`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE TABLE `mute_target` (
	`mute_id` integer NOT NULL,
	`target_id` integer NOT NULL,
	`checked_at` integer,
	`last_synced_at` integer,
	PRIMARY KEY(`mute_id`, `target_id`),
	FOREIGN KEY (`mute_id`) REFERENCES `mute`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`target_id`) REFERENCES `target`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `mute_target_target` ON `mute_target` (`target_id`);--> statement-breakpoint
CREATE TABLE `mute` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`matchers` text NOT NULL,
	`reason` text NOT NULL,
	`starts_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	`until_in_sync` integer NOT NULL,
	`created_at` integer NOT NULL,
	`by_name` text,
	`by_verified` integer NOT NULL,
	`ended_at` integer,
	`ended_by_name` text,
	`ended_by_verified` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `mute_over` ON `mute` (coalesce("ended_at", "ends_at"));--> statement-breakpoint
CREATE TABLE `notification_cursor` (
	`channel` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `notification_thread` (
	`id` text PRIMARY KEY NOT NULL,
	`channel` text NOT NULL,
	`key` text NOT NULL,
	`repo` text NOT NULL,
	`condition` text NOT NULL,
	`about` text NOT NULL,
	`act_at` integer,
	`told_at` integer,
	`resolved_at` integer,
	`closed_at` integer,
	`message_id` text,
	`phase` text,
	`message_at` integer,
	`still_open` integer,
	`attempts` integer,
	`try_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `notification_thread_key` ON `notification_thread` (`channel`,`key`) WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX `notification_thread_act` ON `notification_thread` (`channel`,`act_at`) WHERE act_at is not null;--> statement-breakpoint
CREATE INDEX `notification_thread_try` ON `notification_thread` (`channel`,`try_at`) WHERE message_id is not null;--> statement-breakpoint
CREATE INDEX `notification_thread_closed` ON `notification_thread` (`closed_at`) WHERE closed_at is not null;--> statement-breakpoint
CREATE TABLE `notification` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`channel` text NOT NULL,
	`target_id` integer NOT NULL,
	`condition` text NOT NULL,
	`is_flapping` integer NOT NULL,
	`incident_id` integer,
	`since` integer NOT NULL,
	`recorded_at` integer NOT NULL,
	`due_at` integer NOT NULL,
	`held_until` integer,
	`repeat_ms` integer NOT NULL,
	`thread` text,
	`told` text,
	`told_at` integer,
	`has_news` integer NOT NULL,
	`over_at` integer,
	`closed_at` integer,
	`message_id` text
) STRICT;
--> statement-breakpoint
CREATE INDEX `notification_open` ON `notification` (`channel`,`target_id`) WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX `notification_waiting` ON `notification` (`channel`,`due_at`) WHERE closed_at is null and told_at is null and thread is null;--> statement-breakpoint
CREATE INDEX `notification_thread_open` ON `notification` (`thread`) WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX `notification_message` ON `notification` (`message_id`);--> statement-breakpoint
CREATE INDEX `notification_closed` ON `notification` (`closed_at`) WHERE closed_at is not null;--> statement-breakpoint
ALTER TABLE `source` ADD `push_group` text;--> statement-breakpoint
CREATE INDEX `incident_deployed` ON `incident` (`target_id`,`resolved_at`,`deployed_commit`) WHERE deployed_commit is not null;--> statement-breakpoint
CREATE INDEX `period_commit` ON `period` (`commit`,`target_id`,`started_at`) WHERE "commit" is not null;