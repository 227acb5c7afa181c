import type { Told } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import type { Session } from './session.ts';
import { statement } from './statement.ts';

/** Of each channel, which are few, by `notification_open`. */
const TOLD = statement<Target, Told>(`
  SELECT c.channel, n.condition, n.told_at AS "toldAt"
  FROM target t
  CROSS JOIN notification_cursor c
  JOIN notification n ON n.channel = c.channel AND n.target_id = t.id AND n.closed_at IS NULL
  WHERE t.repo = :repo AND t.server = :server AND t.deleted_at IS NULL AND n.told_at IS NOT NULL
  ORDER BY n.told_at, c.channel COLLATE "C"`);

/** What channels were told about a target and is not closed, oldest first. */
export function toldAbout(session: Session, { repo, server }: Target): Promise<Told[]> {
  return session.all(TOLD, { repo, server });
}
