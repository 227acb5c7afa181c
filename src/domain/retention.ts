/**
 * The horizons of retention. Raw reports, ended periods and incidents, events and actions from before them are removed.
 */
export interface Horizons {
  readonly reportsBefore: number;
  readonly historyBefore: number;
  readonly eventsBefore: number;
  readonly actionsBefore: number;
}

/** How long events are kept. */
const EVENTS_MS = 30 * 86_400_000;
/** How long actions are kept, which say who did what. */
const ACTIONS_MS = 365 * 86_400_000;
/** How far a horizon moves in one pass: a wrong clock cannot remove more before somebody notices. */
const MAX_STEP_MS = 2 * 86_400_000;
/** If no report is newer than this, a wrong clock is more likely than a fleet that has been silent for that long. */
const MAX_SILENCE_MS = 30 * 86_400_000;

/** Where the horizons should be now. `nextHorizon` limits how far one pass may move them. */
export function horizonsAt(
  now: number,
  { retentionReportsMs, retentionHistoryMs }: { retentionReportsMs: number; retentionHistoryMs: number },
): Horizons {
  return {
    reportsBefore: now - retentionReportsMs,
    historyBefore: now - retentionHistoryMs,
    eventsBefore: now - EVENTS_MS,
    actionsBefore: now - ACTIONS_MS,
  };
}

/**
 * The next horizon of one kind of row; it must be stored before anything is removed. It never falls. It moves by two
 * days at most, from the stored horizon or, in the first pass, from the oldest row. A span without rows is skipped at
 * once, so that one very old report does not delay the removal of others. Undefined if no horizon was stored and no row
 * is too old: then no report is too old to be recorded.
 */
export function nextHorizon({
  stored,
  oldest,
  wanted,
}: {
  readonly stored: number | undefined;
  /** The oldest row after the stored horizon. */
  readonly oldest: number | undefined;
  readonly wanted: number;
}): number | undefined {
  const isGap =
    stored !== undefined && oldest !== undefined && oldest > stored + MAX_STEP_MS && oldest < wanted;
  const start = isGap ? oldest : (stored ?? oldest);
  if (start === undefined || wanted <= start) return stored;
  return Math.min(wanted, start + MAX_STEP_MS);
}

/**
 * Whether a pass may run: not if the server's clock is more than 30 days past the newest `last_check` that a reporter's
 * clock gave. If no reporter ever gave one, it may run: nothing contradicts the clock.
 */
export function mayPrune({
  now,
  newestLastCheckAt,
}: {
  readonly now: number;
  readonly newestLastCheckAt: number | undefined;
}): boolean {
  return newestLastCheckAt === undefined || now - newestLastCheckAt <= MAX_SILENCE_MS;
}

/** How many rows were removed; `bytes` were given back to the file system. */
export interface Pruned {
  readonly reports: number;
  readonly periods: number;
  readonly incidents: number;
  readonly events: number;
  readonly actions: number;
  readonly findings: number;
  readonly sources: number;
  readonly bytes: number;
}

export const NOTHING_PRUNED: Pruned = {
  reports: 0,
  periods: 0,
  incidents: 0,
  events: 0,
  actions: 0,
  findings: 0,
  sources: 0,
  bytes: 0,
};

export function addPruned(pruned: Pruned, more: Partial<Pruned>): Pruned {
  return {
    reports: pruned.reports + (more.reports ?? 0),
    periods: pruned.periods + (more.periods ?? 0),
    incidents: pruned.incidents + (more.incidents ?? 0),
    events: pruned.events + (more.events ?? 0),
    actions: pruned.actions + (more.actions ?? 0),
    findings: pruned.findings + (more.findings ?? 0),
    sources: pruned.sources + (more.sources ?? 0),
    bytes: pruned.bytes + (more.bytes ?? 0),
  };
}
