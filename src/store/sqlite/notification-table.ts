import type Sqlite from 'better-sqlite3';
import type { Notification, Thread } from '../../domain/notify/notification.ts';
import type { NotificationChanges, Notifications } from '../notifications.ts';
import { columnsWithout, insertList, type RawRow, selectList, updateList } from './raw-rows.ts';
import { notifications, notificationThreads } from './schema-notifications.ts';

const VALUES = columnsWithout(notifications, ['id', 'channel']);
const THREAD_VALUES = columnsWithout(notificationThreads, [
  'channel',
  'messageId',
  'phase',
  'messageAt',
  'stillOpen',
  'attempts',
  'tryAt',
]);

type Row = RawRow<typeof notifications>;
type ThreadRow = RawRow<typeof notificationThreads>;

const SELECT = `SELECT ${selectList(notifications, 'n')} FROM notification n`;
const SELECT_THREAD = `SELECT ${selectList(notificationThreads, 'h')} FROM notification_thread h`;

/** By `notification_open`. */
const OPEN_OF = `${SELECT} WHERE n.channel = :channel AND n.closed_at IS NULL
  AND n.target_id IN (SELECT value FROM json_each(:ids)) ORDER BY n.id`;
const TARGETS = `SELECT DISTINCT target_id FROM notification
  WHERE channel = :channel AND closed_at IS NULL AND target_id > :after ORDER BY target_id LIMIT :limit`;
const DELETED = `SELECT DISTINCT n.target_id FROM notification n LEFT JOIN target t ON t.id = n.target_id
  WHERE n.channel = ? AND n.closed_at IS NULL AND (t.repo IS NULL OR t.deleted_at IS NOT NULL)`;
const TOLD = `${SELECT} WHERE n.channel = ? AND n.closed_at IS NULL AND n.told_at IS NOT NULL ORDER BY n.id`;

/** By `notification_waiting`. */
const WAITS = 'n.channel = :channel AND n.closed_at IS NULL AND n.told_at IS NULL AND n.thread IS NULL';
const WAITING = `${SELECT} WHERE ${WAITS} AND n.due_at <= :dueBy ORDER BY n.due_at, n.id LIMIT :limit`;

/** By `notification_thread_open`, and by `notification_message`. */
const OF_THREAD = `${SELECT} WHERE n.thread = ? AND n.closed_at IS NULL ORDER BY n.id`;
const OF_MESSAGE = `${SELECT} WHERE n.message_id = ? ORDER BY n.id`;

/** No message waits for longer. If one does, it was decided while this machine's clock was ahead. */
const MAX_PAUSE_MS = 86_400_000;

/** By `notification_thread_key`, `notification_thread_act` and `notification_thread_try`. */
const BY_KEYS = `${SELECT_THREAD} WHERE h.channel = :channel AND h.closed_at IS NULL
  AND h.key IN (SELECT value FROM json_each(:keys)) ORDER BY h.id`;
const ACTING = `${SELECT_THREAD} WHERE h.channel = :channel AND h.act_at IS NOT NULL AND h.act_at <= :by
  ORDER BY h.act_at, h.id LIMIT :limit`;
const NEXT_MESSAGE = `${SELECT_THREAD} WHERE h.channel = :channel AND h.message_id IS NOT NULL
  AND (h.try_at <= :now OR h.try_at > :now + ${MAX_PAUSE_MS})
  ORDER BY h.attempts, h.message_at, h.id LIMIT 1`;

const NEXT_AT = `SELECT min(at) FROM (
  SELECT min(n.due_at) AS at FROM notification n WHERE ${WAITS}
  UNION ALL
  SELECT min(h.act_at) FROM notification_thread h WHERE h.channel = :channel AND h.act_at IS NOT NULL)`;
const NEXT_TRY = 'SELECT min(try_at) FROM notification_thread WHERE channel = ? AND message_id IS NOT NULL';
const BACKLOG = `SELECT count(*) AS messages, min(message_at) AS oldestAt FROM notification_thread
  WHERE channel = ? AND message_id IS NOT NULL`;

const CURSOR = 'SELECT seq FROM notification_cursor WHERE channel = ?';
const SET_CURSOR = 'INSERT OR REPLACE INTO notification_cursor (channel, seq) VALUES (?, ?)';
const INSERT = `INSERT INTO notification ${insertList(notifications)}`;
const UPDATE = `${INSERT} ON CONFLICT (id) DO UPDATE SET ${updateList(notifications)}`;
const REMOVE = 'DELETE FROM notification WHERE id = ?';
const PUT_THREAD = `INSERT INTO notification_thread ${insertList(notificationThreads)}
  ON CONFLICT (id) DO UPDATE SET ${updateList(notificationThreads)}`;
/** A thread with a message on its way is looked at once the message is sent. */
const TOUCH = `UPDATE notification_thread SET act_at = min(coalesce(act_at, :at), :at)
  WHERE id = :id AND message_id IS NULL AND closed_at IS NULL`;

type Write = <T>(work: () => T) => Promise<T>;

/** Notifications in their tables. */
export function notificationTable(client: Sqlite.Database, write: Write): Notifications {
  const cursor = client.prepare<[string], number>(CURSOR).pluck();
  const openOf = client.prepare<[{ channel: string; ids: string }], Row>(OPEN_OF);
  const targets = client
    .prepare<[{ channel: string; after: number; limit: number }], number>(TARGETS)
    .pluck();
  const deleted = client.prepare<[string], number>(DELETED).pluck();
  const told = client.prepare<[string], Row>(TOLD);
  const waiting = client.prepare<[{ channel: string; dueBy: number; limit: number }], Row>(WAITING);
  const ofThread = client.prepare<[string], Row>(OF_THREAD);
  const ofMessage = client.prepare<[string], Row>(OF_MESSAGE);
  const byKeys = client.prepare<[{ channel: string; keys: string }], ThreadRow>(BY_KEYS);
  const acting = client.prepare<[{ channel: string; by: number; limit: number }], ThreadRow>(ACTING);
  const nextMessage = client.prepare<[{ channel: string; now: number }], ThreadRow>(NEXT_MESSAGE);
  const nextAt = client.prepare<[{ channel: string }], number | null>(NEXT_AT).pluck();
  const nextTry = client.prepare<[string], number | null>(NEXT_TRY).pluck();
  const backlog = client.prepare<[string], { messages: number; oldestAt: number | null }>(BACKLOG);
  const put = changeWriter(client);
  return {
    cursor: async (channel) => cursor.get(channel),
    openOf: async (channel, ids) => openOf.all({ channel, ids: JSON.stringify(ids) }).map(toNotification),
    targetsToldOf: async (channel, after, limit) => targets.all({ channel, after, limit }),
    deletedTargets: async (channel) => deleted.all(channel),
    told: async (channel) => told.all(channel).map(toNotification),
    waiting: async (channel, dueBy, limit) => waiting.all({ channel, dueBy, limit }).map(toNotification),
    openThreads: async (channel, keys) => byKeys.all({ channel, keys: JSON.stringify(keys) }).map(toThread),
    actingThreads: async (channel, by, limit) => acting.all({ channel, by, limit }).map(toThread),
    ofThread: async (thread) => ofThread.all(thread).map(toNotification),
    nextAt: async (channel) => nextAt.get({ channel }) ?? undefined,
    nextTryAt: async (channel) => nextTry.get(channel) ?? undefined,
    async backlog(channel) {
      const { messages = 0, oldestAt = null } = backlog.get(channel) ?? {};
      return { messages, oldestAt: oldestAt ?? undefined };
    },
    async nextMessage(channel, now) {
      const row = nextMessage.get({ channel, now });
      if (row === undefined) return undefined;
      const of = row.messageId === null ? [] : ofMessage.all(row.messageId);
      return { thread: toThread(row), notifications: of.map(toNotification) };
    },
    writeNotifications: (channel, changes) => write(() => put(channel, changes)),
  };
}

/** Makes a function that writes changes in the caller's transaction. */
function changeWriter(client: Sqlite.Database) {
  const setCursor = client.prepare<[string, number]>(SET_CURSOR);
  const insert = client.prepare<[Omit<Row, 'id'> & { id: number | null }]>(UPDATE);
  const remove = client.prepare<[number]>(REMOVE);
  const putThread = client.prepare<[ThreadRow]>(PUT_THREAD);
  const touchThread = client.prepare<[{ id: string; at: number }]>(TOUCH);
  return (
    channel: string,
    { cursor, write = [], remove: gone = [], threads = [], touch }: NotificationChanges,
  ) => {
    for (const thread of threads) putThread.run(fromThread(channel, thread));
    for (const { id, ...values } of write) insert.run({ id: id ?? null, channel, ...VALUES.toRaw(values) });
    for (const { id } of gone) if (id !== undefined) remove.run(id);
    for (const id of touch?.threads ?? []) touchThread.run({ id, at: touch?.at ?? 0 });
    if (cursor !== undefined) setCursor.run(channel, cursor);
  };
}

function toNotification(row: Row): Notification {
  return { id: row.id, ...VALUES.toValues(row) };
}

function toThread(row: ThreadRow): Thread {
  return { ...THREAD_VALUES.toValues(row), outgoing: toOutgoing(row) };
}

function toOutgoing({
  messageId: id,
  phase,
  messageAt: at,
  stillOpen,
  attempts,
  tryAt,
}: ThreadRow): Thread['outgoing'] {
  if (id === null || phase === null || at === null) return undefined;
  return { id, phase, at, stillOpen: stillOpen ?? 0, attempts: attempts ?? 0, tryAt: tryAt ?? at };
}

function fromThread(channel: string, { outgoing, ...thread }: Thread): ThreadRow {
  return {
    ...THREAD_VALUES.toRaw(thread),
    channel,
    messageId: outgoing?.id ?? null,
    phase: outgoing?.phase ?? null,
    messageAt: outgoing?.at ?? null,
    stillOpen: outgoing?.stillOpen ?? null,
    attempts: outgoing?.attempts ?? null,
    tryAt: outgoing?.tryAt ?? null,
  };
}
