import stringify from 'safe-stable-stringify';
import { compareText } from './target.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** As reported. `UNKNOWN`: the check could not find out. */
export const SYNC_STATUSES = ['SYNCED', 'OUT_OF_SYNC', 'UNKNOWN'] as const;
export type SyncStatus = (typeof SYNC_STATUSES)[number];

/** A file that differs. Other keys than `name` (`change`, `path`, `task` …) belong to the reporter and are stored. */
export interface DriftedFile {
  readonly name: string;
  readonly [key: string]: Json;
}

/** What a check found. Two findings with the same content are the same finding. */
export interface FindingContent {
  readonly syncStatus: SyncStatus;
  /** How many files differ; undefined if that is not known, which is not the same as none. */
  readonly driftCount: number | undefined;
  /** A set: sorted by name, without repetition. */
  readonly files: readonly DriftedFile[];
}

/** A finding without its content: equal content has an equal `id`. */
export interface FindingRef {
  readonly id: number;
  readonly syncStatus: SyncStatus;
}

/** A finding without its files, which may be many. */
export type FindingSummary = FindingRef & Pick<FindingContent, 'driftCount'>;

export interface Finding extends FindingRef, FindingContent {}

/**
 * Makes a finding of posted fields. The files become a set. SYNCED has 0 files. Otherwise the count is the larger of
 * `driftCount` and the number of files, and unknown if both are 0.
 */
export function findingOf(posted: {
  syncStatus: SyncStatus;
  driftCount?: number | undefined;
  files?: readonly DriftedFile[] | undefined;
}): FindingContent {
  const files = fileSet(posted.files ?? []);
  return { syncStatus: posted.syncStatus, driftCount: driftCountOf(posted, files), files };
}

function driftCountOf(
  { syncStatus, driftCount }: { syncStatus: SyncStatus; driftCount?: number | undefined },
  files: readonly DriftedFile[],
): number | undefined {
  if (syncStatus === 'SYNCED') return 0;
  const count = Math.max(driftCount ?? 0, files.length);
  return count > 0 ? count : undefined;
}

/** The text that a finding's digest is computed from. Two texts are equal only if the findings are. */
export function canonicalFinding({ syncStatus, driftCount, files }: FindingContent): string {
  return `${syncStatus} ${driftCount ?? '-'} ${canonicalJson(files)}`;
}

/** JSON with sorted keys. */
export function canonicalJson(value: Json): string {
  return stringify(value) ?? 'null';
}

/** The distinct names, in order. */
export function fileNames(files: readonly DriftedFile[]): string[] {
  return [...new Set(files.map((file) => file.name))];
}

function fileSet(files: readonly DriftedFile[]): readonly DriftedFile[] {
  // The finding of every target in sync.
  if (files.length < 2) return files;
  const byContent = new Map(files.map((file) => [canonicalJson(file), file] as const));
  return [...byContent]
    .sort(([a, fileA], [b, fileB]) => compareText(fileA.name, fileB.name) || compareText(a, b))
    .map(([, file]) => file);
}
