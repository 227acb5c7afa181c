import type Sqlite from 'better-sqlite3';
import type { Told } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { prepared } from './prepared.ts';

/** For each channel, of which there are few, by `notification_open`. */
const TOLD = `
  SELECT c.channel, n.condition, n.told_at AS toldAt
  FROM target t
  CROSS JOIN notification_cursor c
  CROSS JOIN notification n ON n.channel = c.channel AND n.target_id = t.id AND n.closed_at IS NULL
  WHERE t.repo = :repo AND t.server = :server AND t.deleted_at IS NULL AND n.told_at IS NOT NULL
  ORDER BY n.told_at, c.channel`;

/** The open notifications that channels were told about a target, oldest first. */
export function toldAbout(client: Sqlite.Database, target: Target): Told[] {
  return prepared<[Target], Told>(client, TOLD).all(target);
}
