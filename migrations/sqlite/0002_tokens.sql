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
