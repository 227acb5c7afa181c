import { sameCommit } from './commit.ts';
import { type FileList, fileListOf, mergeFileLists } from './file-list.ts';
import { type Finding, fileNames } from './finding.ts';
import type { HistoryKey } from './history-key.ts';

/**
 * `host_changed`: the commit is the one that was last SYNCED (`sameCommit`), so somebody touched the server.
 * `commit_not_applied`: a newer commit is not on the server yet.
 */
export const CAUSES = ['host_changed', 'commit_not_applied'] as const;
type Cause = (typeof CAUSES)[number];

/** Opens at the first OUT_OF_SYNC after a SYNCED (or the first ever), resolves at the next SYNCED. */
export interface Incident {
  readonly openedAt: number;
  /** When the report that opened it arrived. */
  readonly receivedAt: number;
  readonly resolvedAt: number | undefined;
  /** Undefined if the commits are not known. */
  readonly cause: Cause | undefined;
  /** The largest known count; undefined if no count is known. */
  readonly maxDriftCount: number | undefined;
  /** The files that drifted while it was open, as far as they were named and fit into the list. */
  readonly files: FileList;
  /** Whether a finding counted more files than it named, or did not know the number. */
  readonly unnamed: boolean;
  readonly openedCommit: string | undefined;
  readonly resolvedCommit: string | undefined;
  readonly openedRunUrl: string | undefined;
  readonly resolvedRunUrl: string | undefined;
  /** The last deploy after which the target was still out of sync. */
  readonly deployed: Deployed | undefined;
}

/** A successful deploy that was followed by a check: its time and commit. */
interface Deployed {
  readonly at: number;
  readonly commit: string;
}

/** An incident with its id in the store. */
export interface StoredIncident extends Incident {
  readonly id: number;
}

/** The part of an open incident that is shown with its target. */
export interface OpenIncident {
  readonly id: number;
  readonly openedAt: number;
  readonly cause: Cause | undefined;
}

/** The OUT_OF_SYNC reports between two SYNCED ones, merged: everything in an incident except how it ends. */
export interface Drift {
  /** The first of these reports. */
  readonly opening: Opening;
  readonly maxDriftCount: number | undefined;
  readonly files: FileList;
  readonly unnamed: boolean;
  readonly deployed: Deployed | undefined;
}

export interface Opening extends HistoryKey {
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
}

/** The SYNCED report before or after an incident. */
export interface SyncedReport extends HistoryKey {
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
}

/** The drift of one OUT_OF_SYNC report. */
export function driftOf(
  report: Opening & {
    readonly finding: Pick<Finding, 'driftCount' | 'files'>;
    readonly afterDeploy: boolean;
  },
): Drift {
  const { checkedAt, receivedAt, commit, runUrl, finding, afterDeploy } = report;
  return {
    opening: { checkedAt, receivedAt, commit, runUrl },
    ...driftOfFinding(finding),
    deployed: afterDeploy && commit !== undefined ? { at: checkedAt, commit } : undefined,
  };
}

export function driftOfFinding({
  driftCount,
  files,
}: Pick<Finding, 'driftCount' | 'files'>): Pick<Drift, 'maxDriftCount' | 'files' | 'unnamed'> {
  return {
    maxDriftCount: driftCount,
    files: fileListOf(fileNames(files)),
    unnamed: driftCount === undefined || driftCount > files.length,
  };
}

/** Merges two drifts, the earlier one first. Returns `a` itself if `b` adds nothing. */
export function mergeDrifts(a: Drift, b: Drift): Drift {
  const content = mergeContents(a, b);
  const isLaterDeploy = b.deployed !== undefined && b.deployed.at >= (a.deployed?.at ?? b.deployed.at);
  if (content === a && !isLaterDeploy) return a;
  return { ...a, ...content, deployed: isLaterDeploy ? b.deployed : a.deployed };
}

type Content = Pick<Drift, 'maxDriftCount' | 'files' | 'unnamed'>;

/** Merges the findings of two drifts. Returns `a` itself if `b` adds nothing. */
export function mergeContents<C extends Content>(a: C, b: Content): C | Content {
  const files = mergeFileLists(a.files, b.files);
  const maxDriftCount = maxOf(a.maxDriftCount, b.maxDriftCount);
  const unnamed = a.unnamed || b.unnamed;
  if (files === a.files && maxDriftCount === a.maxDriftCount && unnamed === a.unnamed) return a;
  return { files, maxDriftCount, unnamed };
}

export function openIncident(drift: Drift, lastSynced: Pick<SyncedReport, 'commit'> | undefined): Incident {
  const { opening, ...content } = drift;
  return {
    ...content,
    openedAt: opening.checkedAt,
    receivedAt: opening.receivedAt,
    resolvedAt: undefined,
    cause: causeOf(opening.commit, lastSynced?.commit),
    openedCommit: opening.commit,
    resolvedCommit: undefined,
    openedRunUrl: opening.runUrl,
    resolvedRunUrl: undefined,
  };
}

/** Adds a later OUT_OF_SYNC report to an incident. Returns the incident itself if the report adds nothing. */
export function growIncident<I extends Incident>(incident: I, drift: Drift): I {
  const before: Drift = { ...driftOfIncident(incident) };
  const merged = mergeDrifts(before, drift);
  if (merged === before) return incident;
  const { opening: _, ...content } = merged;
  return { ...incident, ...content };
}

/** The drift of a stored incident, to be merged with late reports. */
export function driftOfIncident(incident: Incident): Drift {
  const { maxDriftCount, files, unnamed, deployed } = incident;
  const opening = {
    checkedAt: incident.openedAt,
    receivedAt: incident.receivedAt,
    commit: incident.openedCommit,
    runUrl: incident.openedRunUrl,
  };
  return { opening, maxDriftCount, files, unnamed, deployed };
}

export function resolveIncident<I extends Incident>(incident: I, by: SyncedReport): I {
  return {
    ...incident,
    resolvedAt: by.checkedAt,
    resolvedCommit: by.commit,
    resolvedRunUrl: by.runUrl,
  };
}

function maxOf(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function causeOf(commit: string | undefined, lastSyncedCommit: string | undefined): Cause | undefined {
  if (commit === undefined || lastSyncedCommit === undefined) return undefined;
  return sameCommit(commit, lastSyncedCommit) ? 'host_changed' : 'commit_not_applied';
}
