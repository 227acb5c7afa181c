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
CREATE INDEX `action_recorded` ON `action` (`recorded_at`);