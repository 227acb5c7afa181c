/** How the plugin types a column; `timestamp_epoch` is a number of milliseconds, `timestamp` RFC 3339. */
export type ColumnType = 'string' | 'number' | 'boolean' | 'timestamp' | 'timestamp_epoch';

/** The columns of each endpoint: every one that a panel, a variable or a rule may ask for. */
const ENDPOINTS = {
  '/grafana/status': {
    repo: 'string',
    server: 'string',
    state: 'string',
    state_code: 'number',
    sync_status: 'string',
    drift_count: 'number',
    files: 'string',
    since: 'timestamp',
    in_state_s: 'number',
    last_check: 'timestamp',
    stale_at: 'timestamp',
    last_synced_at: 'timestamp',
    cause: 'string',
    next: 'string',
    error: 'string',
    run_url: 'string',
    commit: 'string',
    branch: 'string',
    muted: 'boolean',
    muted_until: 'timestamp',
    muted_by: 'string',
    muted_reason: 'string',
    acknowledged_by: 'string',
  },
  '/grafana/summary': {
    targets: 'number',
    synced: 'number',
    out_of_sync: 'number',
    unknown: 'number',
    stale: 'number',
    open_incidents: 'number',
    drifted_files: 'number',
    uncounted: 'number',
    in_sync_ratio: 'number',
    coverage: 'number',
  },
  '/grafana/state': { time: 'timestamp_epoch', repo: 'string', server: 'string', state: 'number' },
  '/grafana/series': {
    time: 'timestamp_epoch',
    repo: 'string',
    server: 'string',
    drift_count: 'number',
    synced: 'number',
    out_of_sync: 'number',
    unknown: 'number',
    stale: 'number',
  },
  '/grafana/trend': {
    time: 'timestamp_epoch',
    repo: 'string',
    server: 'string',
    in_sync_ratio: 'number',
    coverage: 'number',
    resolved: 'number',
    mean_time_to_resolve_s: 'number',
    median_time_to_resolve_s: 'number',
  },
  '/grafana/incidents': {
    id: 'number',
    repo: 'string',
    server: 'string',
    opened_at: 'timestamp',
    resolved_at: 'timestamp',
    open: 'boolean',
    duration_s: 'number',
    cause: 'string',
    max_drift_count: 'number',
    files: 'string',
    opened_commit: 'string',
    resolved_commit: 'string',
    opened_run_url: 'string',
    resolved_run_url: 'string',
    files_cut: 'boolean',
    deployed_commit: 'string',
    muted: 'boolean',
    muted_until: 'timestamp',
    muted_by: 'string',
    muted_reason: 'string',
    acknowledged_by: 'string',
  },
  '/grafana/files': {
    name: 'string',
    targets: 'number',
    incidents: 'number',
    drifted_s: 'number',
    first_seen: 'timestamp',
    last_seen: 'timestamp',
    open: 'boolean',
  },
  '/grafana/compliance': {
    repo: 'string',
    server: 'string',
    tracked_s: 'number',
    synced_s: 'number',
    out_of_sync_s: 'number',
    unknown_s: 'number',
    stale_s: 'number',
    in_sync_ratio: 'number',
    coverage: 'number',
    incidents: 'number',
    mean_time_to_resolve_s: 'number',
    median_time_to_resolve_s: 'number',
  },
  '/grafana/reports': {
    time: 'timestamp_epoch',
    repo: 'string',
    server: 'string',
    sync_status: 'string',
    drift_count: 'number',
    files: 'string',
    commit: 'string',
    branch: 'string',
    run_url: 'string',
    tool: 'string',
    duration_ms: 'number',
    error: 'string',
    error_kind: 'string',
    received_at: 'timestamp_epoch',
  },
  '/grafana/annotations': {
    time: 'timestamp_epoch',
    timeEnd: 'timestamp_epoch',
    title: 'string',
    text: 'string',
    tags: 'string',
  },
  '/grafana/alerts': { repo: 'string', server: 'string', value: 'number' },
  '/grafana/variables/repos': { text: 'string', value: 'string' },
  '/grafana/variables/servers': { text: 'string', value: 'string' },
  '/grafana/variables/labels': { text: 'string', value: 'string' },
  '/grafana/variables/worst': { text: 'string', value: 'string' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;

export type Endpoint = keyof typeof ENDPOINTS;
export type ColumnOf<E extends Endpoint> = keyof (typeof ENDPOINTS)[E] & string;

export const ENDPOINT_NAMES: readonly string[] = Object.keys(ENDPOINTS);

/** Every column of an endpoint, with its type. */
export function columnsOf(endpoint: string): Readonly<Record<string, ColumnType>> {
  const columns = new Map<string, Readonly<Record<string, ColumnType>>>(Object.entries(ENDPOINTS)).get(
    endpoint,
  );
  if (columns === undefined) throw new Error(`There is no endpoint ${endpoint}.`);
  return columns;
}

/** The type of a column of an endpoint. */
export function columnType<E extends Endpoint>(endpoint: E, column: ColumnOf<E>): ColumnType {
  const columns: Readonly<Record<string, ColumnType>> = ENDPOINTS[endpoint];
  const type = columns[column];
  if (type === undefined) throw new Error(`${endpoint} has no column ${column}.`);
  return type;
}
