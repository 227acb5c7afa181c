import stringify from 'safe-stable-stringify';
import { compareText } from './target.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** As reported: `UNKNOWN` where the check could not tell. */
export const SYNC_STATUSES = ['SYNCED', 'OUT_OF_SYNC', 'UNKNOWN'] as const;
export type SyncStatus = (typeof SYNC_STATUSES)[number];

/** A file that differs; keys beside `name` (`change`, `path`, `task` …) are the reporter's own and are kept. */
export interface DriftedFile {
  readonly name: string;
  readonly [key: string]: Json;
}

/** What a check found. Two findings with the same content are the same finding. */
export interface FindingContent {
  readonly syncStatus: SyncStatus;
  /** How many files differ; undefined where that is not known, which is not the same as none. */
  readonly driftCount: number | undefined;
  /** A set: sorted by name, without repetition. */
  readonly files: readonly DriftedFile[];
}

/** A finding as the fold sees it: `id` stands for the content, equal where the content is equal. */
export interface FindingRef {
  readonly id: number;
  readonly syncStatus: SyncStatus;
}

export interface Finding extends FindingRef, FindingContent {}

/**
 * Makes a finding out of what was posted. The files become a set. SYNCED is 0 files; else a positive count or the
 * entries say how many, the larger of both, and without either it is not known.
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

/** The finding as text, equal exactly where the content is equal: what a content address is computed from. */
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

function fileSet(files: readonly DriftedFile[]): DriftedFile[] {
  const byContent = new Map(files.map((file) => [canonicalJson(file), file] as const));
  return [...byContent]
    .sort(([a, fileA], [b, fileB]) => compareText(fileA.name, fileB.name) || compareText(a, b))
    .map(([, file]) => file);
}
