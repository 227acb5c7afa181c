import { compareText } from './target.ts';

/** File names without repetition, sorted by code unit: at most the first 1,000, and 64 KiB in all. */
export interface FileList {
  readonly names: readonly string[];
  /** Whether names were left out. */
  readonly isCut: boolean;
}

const MAX_NAMES = 1000;
/**
 * A list ends with the name that reaches this size. A name has at most 4,096 characters or 12 KiB, so a list stays
 * below 64 KiB.
 */
const FULL_BYTES = (64 - 12) * 1024;

export const NO_FILES: FileList = { names: [], isCut: false };

export function fileListOf(names: Iterable<string>): FileList {
  return cut([...new Set(names)].sort(compareText), false);
}

/** Merges two lists. The result is the list that all their names together would make. */
export function mergeFileLists(a: FileList, b: FileList): FileList {
  if (b.names.length === 0 && !b.isCut) return a;
  const merged = new Set(a.names);
  for (const name of b.names) merged.add(name);
  if (merged.size === a.names.length && (a.isCut || !b.isCut)) return a;
  return cut([...merged].sort(compareText), a.isCut || b.isCut);
}

/**
 * Cuts the list after the name that makes it full. A name beyond that can never belong to it, so the result does not
 * depend on the order in which lists were merged.
 */
function cut(names: readonly string[], isCut: boolean): FileList {
  let bytes = 0;
  const last = names.findIndex((name, i) => {
    bytes += byteLength(name);
    return i + 1 >= MAX_NAMES || bytes >= FULL_BYTES;
  });
  if (last < 0 || last === names.length - 1) return { names, isCut };
  return { names: names.slice(0, last + 1), isCut: true };
}

/** In UTF-8; an unpaired surrogate counts as the character that replaces it. */
function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) bytes += 1;
    if (code > 0x7ff && (code < 0xd800 || code > 0xdfff)) bytes += 1;
  }
  return bytes;
}
