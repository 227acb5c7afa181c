import type { DriftedFile, Json } from '../../domain/finding.ts';
import { groupBy } from '../../domain/group-by.ts';

/** What is known about one file that differs. */
export interface DifferingFile {
  readonly name: string;
  /** In which way: `content`, `missing`, `extra` … */
  readonly change: string | undefined;
  readonly lines: Lines | undefined;
  readonly task: string | undefined;
  readonly module: string | undefined;
}

export interface Lines {
  readonly added: number;
  readonly removed: number;
}

/** Something without a path, such as a package or a user. */
export interface DifferingResource extends Omit<DifferingFile, 'name' | 'lines'> {
  readonly name: string | undefined;
  readonly count: number;
}

/** A directory, or the files that a search found: the first ones, and how many there are. */
export interface FileGroup {
  readonly name: string;
  readonly files: readonly DifferingFile[];
  readonly count: number;
  /** The sum of the known counts; undefined if none is known. */
  readonly lines: Lines | undefined;
  readonly isOpen: boolean;
}

export interface Differs {
  /** How many files and resources differ, as far as it is known. */
  readonly count: number;
  readonly named: number;
  readonly layout:
    | { readonly kind: 'flat' | 'found' | 'directory'; readonly group: FileGroup }
    | { readonly kind: 'directories'; readonly groups: readonly FileGroup[] };
  readonly resources: readonly DifferingResource[];
  /** How many more there are without a name in the report. */
  readonly unnamed: number;
  /** The search of the list. */
  readonly search: string | undefined;
}

export interface DiffersQuery {
  /** Only files with this in their name. */
  readonly file?: string | undefined;
  /** Only files of this directory, and all of them; `.` for those without one. */
  readonly dir?: string | undefined;
}

/** Up to this many files are one list; more are listed by directory. */
const FLAT = 12;
const OF_DIRECTORY = 12;
/** If there are more than a page can hold, only the API has all. */
const MOST = 1000;

/** What a report says that differs. `resources` are as posted. */
export function differsOf(
  { files: posted, driftCount, resources: told }: PostedDifferences,
  { file, dir }: DiffersQuery,
): Differs {
  const files = posted.map(toFile);
  const resources = toResources(told);
  const named = new Set(files.map(({ name }) => name)).size;
  const count = Math.max(driftCount ?? 0, named + resources.reduce((sum, one) => sum + one.count, 0));
  const unnamed = count - named - resources.reduce((sum, one) => sum + one.count, 0);
  return { count, named, layout: layoutOf(files, { file, dir }), resources, unnamed, search: file };
}

interface PostedDifferences {
  readonly files: readonly DriftedFile[];
  readonly driftCount: number | undefined;
  readonly resources: Json | undefined;
}

function layoutOf(files: readonly DifferingFile[], { file, dir }: DiffersQuery): Differs['layout'] {
  const whole = (name: string, those: readonly DifferingFile[]) =>
    groupOf(name, those, { most: MOST, isOpen: true });
  if (file !== undefined) {
    const text = file.toLowerCase();
    const found = files.filter(({ name }) => name.toLowerCase().includes(text));
    return { kind: 'found', group: whole(file, found) };
  }
  if (dir !== undefined) {
    const inside = files.filter(({ name }) => (directoryOf(name) || '.') === dir);
    return { kind: 'directory', group: whole(dir, inside) };
  }
  if (files.length <= FLAT) return { kind: 'flat', group: whole('', files) };
  const byDirectory = [...groupBy(files, ({ name }) => directoryOf(name))];
  byDirectory.sort(([, a], [, b]) => b.length - a.length);
  const groups = byDirectory.map(([name, inside], i) =>
    groupOf(name, inside, { most: OF_DIRECTORY, isOpen: i === 0 }),
  );
  return { kind: 'directories', groups };
}

function groupOf(
  name: string,
  files: readonly DifferingFile[],
  { most, isOpen }: { most: number; isOpen: boolean },
): FileGroup {
  return { name, files: files.slice(0, most), count: files.length, lines: sumOf(files), isOpen };
}

function sumOf(files: readonly DifferingFile[]): Lines | undefined {
  const known = files.flatMap(({ lines }) => lines ?? []);
  if (known.length === 0) return undefined;
  return {
    added: known.reduce((sum, { added }) => sum + added, 0),
    removed: known.reduce((sum, { removed }) => sum + removed, 0),
  };
}

/** With the slash at its end. */
function directoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/', name.length - 2) + 1);
}

export function toFile({ name, ...told }: DriftedFile): DifferingFile {
  const [added, removed] = [countIn(told.lines_added), countIn(told.lines_removed)];
  const lines =
    added === undefined && removed === undefined ? undefined : { added: added ?? 0, removed: removed ?? 0 };
  return { name, ...howOf(told), lines };
}

/** A resource without a name counts as many times as its `count` says. */
function toResources(told: Json | undefined): DifferingResource[] {
  if (!isList(told)) return [];
  return told.flatMap((one) => {
    if (!isObject(one)) return [];
    return { name: textIn(one.name), ...howOf(one), count: Math.max(1, countIn(one.count) ?? 1) };
  });
}

function howOf({ change, task, module }: Fields): Omit<DifferingFile, 'name' | 'lines'> {
  return { change: textIn(change), task: textIn(task), module: textIn(module) };
}

type Fields = { readonly [key: string]: Json | undefined };

function textIn(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function countIn(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
