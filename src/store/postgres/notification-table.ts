import type { Problem } from '../../domain/notify/message.ts';
import type { Notification, Thread } from '../../domain/notify/notification.ts';
import type { NotificationChanges, Notifications } from '../notifications.ts';
import { requireTerm } from './lease-row.ts';
import { withoutNulls } from './nulls.ts';
import { notifications, notificationThreads } from './schema-notifications.ts';
import { first, type Session } from './session.ts';
import { command, statement } from './statement.ts';
import { columnNames, rowsWriter, selectList, updateList } from './table-columns.ts';
import type { Writer } from './writer.ts';

type Row = typeof notifications.$inferSelect;
type ThreadRow = typeof notificationThreads.$inferSelect;

interface OfChannel {
  readonly channel: string;
}

const SELECT = `SELECT ${selectList(notifications, 'n')} FROM notification n`;
const SELECT_THREAD = `SELECT ${selectList(notificationThreads, 'h')} FROM notification_thread h`;

/** By `notification_open`. */
const OPEN_OF = statement<OfChannel & { ids: readonly number[] }, Row>(`
  ${SELECT} WHERE n.channel = :channel AND n.closed_at IS NULL AND n.target_id = ANY (:ids::bigint[]) ORDER BY n.id`);
const TARGETS = statement<OfChannel & { after: number; limit: number }, { id: number }>(`
  SELECT DISTINCT target_id AS id FROM notification
  WHERE channel = :channel AND closed_at IS NULL AND target_id > :after ORDER BY target_id LIMIT :limit`);
const DELETED = statement<OfChannel, { id: number }>(`
  SELECT DISTINCT n.target_id AS id FROM notification n LEFT JOIN target t ON t.id = n.target_id
  WHERE n.channel = :channel AND n.closed_at IS NULL AND (t.repo IS NULL OR t.deleted_at IS NOT NULL) ORDER BY 1`);
const TOLD = statement<OfChannel, Row>(
  `${SELECT} WHERE n.channel = :channel AND n.closed_at IS NULL AND n.told_at IS NOT NULL ORDER BY n.id`,
);

/** By `notification_waiting`. */
const WAITS = 'n.channel = :channel AND n.closed_at IS NULL AND n.told_at IS NULL AND n.thread IS NULL';
const WAITING = statement<OfChannel & { dueBy: number; limit: number }, Row>(
  `${SELECT} WHERE ${WAITS} AND n.due_at <= :dueBy ORDER BY n.due_at, n.id LIMIT :limit`,
);

/** By `notification_thread_open`, and by `notification_message`. */
const OF_THREAD = statement<{ thread: string }, Row>(
  `${SELECT} WHERE n.thread = :thread AND n.closed_at IS NULL ORDER BY n.id`,
);
const OF_MESSAGE = statement<{ messageId: string }, Row>(
  `${SELECT} WHERE n.message_id = :messageId ORDER BY n.id`,
);

/** No message waits for longer; if one does, it was decided while the clock was ahead. */
const MAX_PAUSE_MS = 86_400_000;

/** By `notification_thread_key`, `notification_thread_act` and `notification_thread_try`. */
const BY_KEYS = statement<OfChannel & { keys: readonly string[] }, ThreadRow>(`
  ${SELECT_THREAD} WHERE h.channel = :channel AND h.closed_at IS NULL AND h.key = ANY (:keys::text[])
  ORDER BY h.id COLLATE "C"`);
const ACTING = statement<OfChannel & { by: number; limit: number }, ThreadRow>(`
  ${SELECT_THREAD} WHERE h.channel = :channel AND h.act_at IS NOT NULL AND h.act_at <= :by
  ORDER BY h.act_at, h.id COLLATE "C" LIMIT :limit`);
const NEXT_MESSAGE = statement<OfChannel & { now: number }, ThreadRow>(`
  ${SELECT_THREAD} WHERE h.channel = :channel AND h.message_id IS NOT NULL
    AND (h.try_at <= :now OR h.try_at > :now::bigint + ${MAX_PAUSE_MS})
  ORDER BY h.attempts, h.message_at, h.id COLLATE "C" LIMIT 1`);

type At = { readonly at: number | null };
const NEXT_AT = statement<OfChannel, At>(`
  SELECT least(
    (SELECT min(n.due_at) FROM notification n WHERE ${WAITS}),
    (SELECT min(h.act_at) FROM notification_thread h WHERE h.channel = :channel AND h.act_at IS NOT NULL)) AS at`);
const NEXT_TRY = statement<OfChannel, At>(
  'SELECT min(try_at) AS at FROM notification_thread WHERE channel = :channel AND message_id IS NOT NULL',
);
const BACKLOG = statement<OfChannel, { messages: number; oldestAt: number | null }>(`
  SELECT count(*) AS messages, min(message_at) AS "oldestAt" FROM notification_thread
  WHERE channel = :channel AND message_id IS NOT NULL`);

const CURSOR = statement<OfChannel, { seq: number }>(
  'SELECT seq FROM notification_cursor WHERE channel = :channel',
);
const SET_CURSOR = command<OfChannel & { seq: number }>(`
  INSERT INTO notification_cursor (channel, seq) VALUES (:channel, :seq)
  ON CONFLICT (channel) DO UPDATE SET seq = excluded.seq`);
const INSERT = rowsWriter(notifications, { names: columnNames(notifications, ['id']) });
const UPDATE = rowsWriter(notifications, {
  ending: `ON CONFLICT (id) DO UPDATE SET ${updateList(notifications, ['id'])}`,
  overriding: true,
});
const REMOVE = command<{ ids: readonly number[] }>(
  'DELETE FROM notification WHERE id = ANY (:ids::bigint[])',
);
const PUT_THREAD = rowsWriter(notificationThreads, {
  ending: `ON CONFLICT (id) DO UPDATE SET ${updateList(notificationThreads)}`,
});
/** A thread with a message on its way is looked at once that is sent. */
const TOUCH = command<{ ids: readonly string[]; at: number }>(`
  UPDATE notification_thread SET act_at = least(act_at, :at::bigint)
  WHERE id = ANY (:ids::text[]) AND message_id IS NULL AND closed_at IS NULL`);

/** Notifications in their tables. */
export function notificationTable({ session, writer }: { session: Session; writer: Writer }): Notifications {
  return {
    cursor: async (channel) => (await first(session, CURSOR, { channel }))?.seq,
    openOf: async (channel, ids) => (await session.all(OPEN_OF, { channel, ids })).map(toNotification),
    targetsToldOf: async (channel, after, limit) =>
      (await session.all(TARGETS, { channel, after, limit })).map(({ id }) => id),
    deletedTargets: async (channel) => (await session.all(DELETED, { channel })).map(({ id }) => id),
    told: async (channel) => (await session.all(TOLD, { channel })).map(toNotification),
    waiting: async (channel, dueBy, limit) =>
      (await session.all(WAITING, { channel, dueBy, limit })).map(toNotification),
    openThreads: async (channel, keys) => (await session.all(BY_KEYS, { channel, keys })).map(toThread),
    actingThreads: async (channel, by, limit) =>
      (await session.all(ACTING, { channel, by, limit })).map(toThread),
    ofThread: async (thread) => (await session.all(OF_THREAD, { thread })).map(toNotification),
    nextAt: async (channel) => (await first(session, NEXT_AT, { channel }))?.at ?? undefined,
    nextTryAt: async (channel) => (await first(session, NEXT_TRY, { channel }))?.at ?? undefined,
    async backlog(channel) {
      const { messages = 0, oldestAt = null } = (await first(session, BACKLOG, { channel })) ?? {};
      return { messages, oldestAt: oldestAt ?? undefined };
    },
    async nextMessage(channel, now) {
      const row = await first(session, NEXT_MESSAGE, { channel, now });
      if (row === undefined) return undefined;
      const { messageId } = row;
      const of = messageId === null ? [] : await session.all(OF_MESSAGE, { messageId });
      return { thread: toThread(row), notifications: of.map(toNotification) };
    },
    async writeNotifications(channel, changes, fence) {
      await writer.transaction((transaction) =>
        Promise.all([
          fence !== undefined && requireTerm(transaction, { name: 'messages', fence }),
          put(transaction, channel, changes),
        ]),
      );
    },
  };
}

function put(
  session: Session,
  channel: string,
  { cursor, write = [], remove = [], threads = [], touch }: NotificationChanges,
): Promise<unknown> {
  const rows = write.map((one) => fromNotification(channel, one));
  const fresh = rows.filter(({ id }) => id === undefined);
  const known = rows.filter(({ id }) => id !== undefined);
  const gone = remove.flatMap(({ id }) => id ?? []);
  const put = threads.map((thread) => fromThread(channel, thread));
  return Promise.all([
    put.length > 0 && session.all(PUT_THREAD.statement, PUT_THREAD.arrays(put)),
    fresh.length > 0 && session.all(INSERT.statement, INSERT.arrays(fresh)),
    known.length > 0 && session.all(UPDATE.statement, UPDATE.arrays(known)),
    gone.length > 0 && session.all(REMOVE, { ids: gone }),
    touch && session.all(TOUCH, { ids: touch.threads, at: touch.at }),
    cursor !== undefined && session.all(SET_CURSOR, { channel, seq: cursor }),
  ]);
}

function toNotification({ channel: _, told, ...row }: Row): Notification {
  return { ...withoutNulls(row), told: told === null ? undefined : toProblem(told) };
}

/** Parses what this program wrote. */
function toProblem(text: string): Problem {
  return JSON.parse(text) as Problem;
}

function fromNotification(channel: string, { told, ...values }: Notification) {
  return { ...values, channel, told: told === undefined ? null : JSON.stringify(told) };
}

function toThread(row: ThreadRow): Thread {
  const { channel: _, messageId, phase, messageAt, stillOpen, attempts, tryAt, ...thread } = row;
  const outgoing = toOutgoing({ messageId, phase, messageAt, stillOpen, attempts, tryAt });
  return { ...withoutNulls(thread), outgoing };
}

type Outgoing = Pick<ThreadRow, 'messageId' | 'phase' | 'messageAt' | 'stillOpen' | 'attempts' | 'tryAt'>;

function toOutgoing(row: Outgoing): Thread['outgoing'] {
  const { messageId: id, phase, messageAt: at, stillOpen, attempts, tryAt } = row;
  if (id === null || phase === null || at === null) return undefined;
  return { id, phase, at, stillOpen: stillOpen ?? 0, attempts: attempts ?? 0, tryAt: tryAt ?? at };
}

function fromThread(channel: string, { outgoing, ...thread }: Thread) {
  return {
    ...thread,
    channel,
    messageId: outgoing?.id ?? null,
    phase: outgoing?.phase ?? null,
    messageAt: outgoing?.at ?? null,
    stillOpen: outgoing?.stillOpen ?? null,
    attempts: outgoing?.attempts ?? null,
    tryAt: outgoing?.tryAt ?? null,
  };
}
