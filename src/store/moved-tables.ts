// How each table is copied if a database moves from SQLite to PostgreSQL. Both have the same tables, with columns of the same
// names, but for those that are named here. Ids stay what they are. A test compares this list with both databases.

/** What is in a column. It decides what becomes of its values on the way. */
export type MovedKind = 'number' | 'boolean' | 'text' | 'json' | 'url' | 'bytes';

export interface MovedTable {
  /** The columns by which rows are sorted, in both databases. */
  readonly key: string;
  /** Every column in PostgreSQL. */
  readonly columns: { readonly [K in MovedKind]?: string };
  /** What a column is in SQLite, if there is none of the same name. */
  readonly inSqlite?: Readonly<Record<string, string>>;
  /** Which rows are meant, if not all. */
  readonly only?: { readonly sqlite?: string; readonly postgres?: string };
  /** The column with the target that a row belongs to. Its rows are written in one transaction. */
  readonly ofTarget?: string;
  /** Rows may be as large as a report. */
  readonly isWide?: boolean;
}

/** Earlier versions accepted names with passwords, and show them without. See `storedNames`. */
const shown = (column: string, id: string) => `known_as("${column}", ${id})`;
const TARGET_OF_EVENT =
  '(SELECT t.id FROM target t WHERE t.repo = "event".repo AND t.server = "event".server)';

/** No report is newer: PostgreSQL notes the last use of findings, too. */
const LAST_USE = '(SELECT coalesce(max(newest_received_at), 0) FROM target_status)';

/** Purged targets stay behind: their rows only wait to be removed. */
const NAMED = 'target_id IN (SELECT id FROM target WHERE repo IS NOT NULL)';

/** What each database notes about itself. */
const OF_ITSELF = `"key" NOT IN ('version', 'probe', 'migrating', 'compatible_from')`;

/** In this order: first what others name by its id. */
const MOVED_TABLES = {
  finding: {
    key: 'id',
    columns: { number: 'id last_used_at drift_count', bytes: 'digest', text: 'sync_status', json: 'files' },
    inSqlite: { last_used_at: LAST_USE },
    isWide: true,
  },
  source: {
    key: 'id',
    columns: {
      number: 'id last_used_at stale_after_ms expected_interval_s stale_after_s',
      boolean: 'pushed after_deploy',
      // That of what was reported, also if U+0000 is replaced in it: two sources never become one.
      bytes: 'digest',
      text: 'check commit branch tool error error_kind',
      json: 'push_group labels extra',
    },
    isWide: true,
  },
  target: {
    key: 'id',
    columns: {
      number: 'id labels_at declared_at deleted_at last_deleted_at',
      text: 'repo server',
      json: 'labels',
    },
    inSqlite: { repo: shown('repo', 'id'), server: shown('server', 'id') },
    only: { sqlite: '"target".repo IS NOT NULL' },
    ofTarget: 'id',
  },
  former_name: {
    key: 'target_id renamed_at repo server',
    columns: { number: 'target_id renamed_at', text: 'repo server' },
    ofTarget: 'target_id',
  },
  // In PostgreSQL they are packed: see `move-reports.ts`, which knows the order of the columns.
  report: {
    key: 'target_id checked_at received_at',
    columns: {
      number: 'target_id checked_at received_at last_check finding_id source_id duration_ms',
      url: 'run_url',
    },
    inSqlite: {
      received_at: 'checked_at + received_lag_ms',
      last_check: 'checked_at + last_check_lead_ms',
    },
    only: { sqlite: NAMED },
    ofTarget: 'target_id',
  },
  period: {
    key: 'target_id started_at received_at',
    columns: {
      number: 'target_id started_at received_at finding_id last_checked_at last_received_at stale_at',
      boolean: 'starts_state',
      text: 'sync_status commit',
      url: 'run_url',
    },
    only: { sqlite: NAMED },
    ofTarget: 'target_id',
  },
  incident: {
    key: 'id',
    columns: {
      number: 'id target_id opened_at received_at resolved_at max_drift_count deployed_at',
      boolean: 'files_cut unnamed',
      text: 'cause opened_commit resolved_commit deployed_commit',
      url: 'opened_run_url resolved_run_url',
      json: 'files',
    },
    only: { sqlite: NAMED },
    ofTarget: 'target_id',
    isWide: true,
  },
  deleted_push: {
    key: 'target_id',
    columns: { number: 'target_id checked_at received_at' },
    only: { sqlite: NAMED },
    ofTarget: 'target_id',
  },
  target_status: {
    key: 'target_id',
    columns: {
      number: `target_id started_at start_received_at state_since state_since_received_at last_synced_at finding_id
        incident_id incident_opened_at checked_at received_at last_check stale_at source_id newest_received_at
        newest_last_check synced_reports out_of_sync_reports unknown_reports sync_status announced_state`,
      boolean: 'starts_state',
      text: 'incident_cause announced_commit last_synced_commit',
      url: 'period_run_url',
    },
    // There a target has an empty row before its first report.
    only: { postgres: 'checked_at IS NOT NULL' },
    ofTarget: 'target_id',
  },
  event: {
    key: 'seq',
    columns: {
      number: 'seq recorded_at effective_at incident_id incident_opened_at drift_count',
      text: 'kind origin actor repo server previous_state state incident_cause commit',
      url: 'run_url',
      json: 'labels detail',
    },
    inSqlite: { repo: shown('repo', TARGET_OF_EVENT), server: shown('server', TARGET_OF_EVENT) },
  },
  action: {
    key: 'id',
    columns: {
      number: 'id recorded_at incident_id',
      boolean: 'verified',
      text: 'actor what repo server',
      json: 'detail',
    },
  },
  mute: {
    key: 'id',
    columns: {
      number: 'id starts_at ends_at created_at ended_at',
      boolean: 'until_in_sync by_verified ended_by_verified',
      text: 'by_name ended_by_name reason',
      json: 'matchers',
    },
  },
  mute_target: {
    key: 'mute_id target_id',
    columns: { number: 'mute_id target_id checked_at last_synced_at' },
  },
  acknowledgement: {
    key: 'incident_id',
    columns: { number: 'incident_id at', boolean: 'by_verified', text: 'by_name note' },
    only: { sqlite: `incident_id IN (SELECT id FROM incident WHERE ${NAMED})` },
  },
  notification_cursor: { key: 'channel', columns: { number: 'seq', text: 'channel' } },
  notification: {
    key: 'id',
    columns: {
      number: `id target_id incident_id since recorded_at due_at held_until repeat_ms told_at over_at closed_at`,
      boolean: 'is_flapping has_news',
      text: 'channel condition thread message_id',
      json: 'told',
    },
    isWide: true,
  },
  notification_thread: {
    key: 'id',
    columns: {
      number: 'act_at told_at resolved_at closed_at message_at still_open attempts try_at',
      text: 'id channel key repo condition about message_id phase',
    },
  },
  token: {
    key: 'id',
    columns: {
      number: 'id created_at expires_at revoked_at last_used_at',
      bytes: 'sha256',
      text: 'name',
      json: 'scopes repos',
    },
  },
  meta: {
    key: 'key',
    columns: { text: 'key value' },
    only: { sqlite: OF_ITSELF, postgres: OF_ITSELF },
  },
} as const satisfies Readonly<Record<string, MovedTable>>;

export type MovedName = keyof typeof MOVED_TABLES;

/** The names of all tables that are moved, in the order in which they are. */
export const MOVED_NAMES = Object.keys(MOVED_TABLES) as readonly MovedName[];

export interface MovedColumn {
  readonly name: string;
  readonly kind: MovedKind;
}

/** One table, with its columns in the order in which rows have their values. */
export interface Moved extends Omit<MovedTable, 'columns' | 'key'> {
  readonly name: MovedName;
  readonly key: readonly string[];
  readonly columns: readonly MovedColumn[];
}

export function movedTable(name: MovedName): Moved {
  const table: MovedTable = MOVED_TABLES[name];
  const columns = Object.entries(table.columns).flatMap(([kind, names]) =>
    words(names).map((column) => ({ name: column, kind: kind as MovedKind })),
  );
  return { ...table, name, key: words(table.key), columns };
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** The tables that give ids, and the column of each. */
export const NUMBERED = {
  target: 'id',
  finding: 'id',
  source: 'id',
  incident: 'id',
  event: 'seq',
  action: 'id',
  mute: 'id',
  notification: 'id',
  token: 'id',
} as const satisfies { readonly [K in MovedName]?: string };

export type Numbered = keyof typeof NUMBERED;
