ALTER TABLE `source` ADD `last_used_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- Nobody knows when these were last used: as of now they all are.
UPDATE `source` SET `last_used_at` = unixepoch() * 1000;--> statement-breakpoint
ALTER TABLE `target` ADD `pruned_synced` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `target` ADD `pruned_out_of_sync` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `target` ADD `pruned_unknown` integer DEFAULT 0 NOT NULL;
