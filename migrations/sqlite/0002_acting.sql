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
CREATE INDEX `incident_deployed` ON `incident` (`target_id`,`resolved_at`,`deployed_commit`) WHERE deployed_commit is not null;--> statement-breakpoint
CREATE INDEX `period_commit` ON `period` (`commit`,`target_id`,`started_at`) WHERE "commit" is not null;