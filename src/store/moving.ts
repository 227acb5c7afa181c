import { createHash } from 'node:crypto';
import { MOVED_NAMES, type Moved, type MovedName, movedTable, type Numbered } from './moved-tables.ts';

/** A row as it is moved: a value for each column. Bytes are in hexadecimal digits. */
export type MovedRow = readonly (string | number | boolean | null)[];

/** How many rows of a table are in memory at a time. */
export function batchSize({ isWide = false }: Moved): number {
  return isWide ? 50 : 2000;
}

/** Rows in the order of their key, some at a time. */
type Rows = Iterable<readonly MovedRow[]>;

/** The last id that was given of each kind. */
export type LastNumbers = Readonly<Record<Numbered, number>>;

/** The database that is moved. Nobody else can write to it until it is closed, and it is not changed. */
export interface MoveSource {
  rows(table: Moved, options?: RowOptions): Rows;
  targetIds(): readonly number[];
  lastNumbers(): LastNumbers;
  close(): void;
}

interface RowOptions {
  /** Only those of this target. */
  readonly targetId?: number;
  /** Called for each value in which U+0000 was replaced. */
  readonly onReplaced?: (column: string) => void;
}

/** The database that it is moved to. No server starts on it between `begin` and the end of `finish`. */
export interface MoveDestination {
  /**
   * Resolves to the targets that are there already, of a move of the same source that was interrupted. Throws, and changes
   * nothing, if there is anything else.
   */
  begin(sourceId: string): Promise<ReadonlySet<number>>;
  /** Rows that are there already stay as they are. */
  write(table: Moved, rows: Rows): Promise<void>;
  /** All rows of a target, or none. */
  writeTarget(targetId: number, rowsOf: (table: Moved) => Rows): Promise<void>;
  /** Sees to it that no id is given that was given before. */
  continueNumbers(last: LastNumbers): Promise<void>;
  rows(table: Moved): AsyncIterable<readonly MovedRow[]>;
  /** Resolves once everything is on disk, and servers may start. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

export type MoveStep =
  | { readonly kind: 'read' | 'copied' | 'same'; readonly table: MovedName; readonly rows: number }
  | { readonly kind: 'targets'; readonly done: number; readonly all: number };

/** Called with each step of the move. */
export type OnStep = (step: MoveStep) => void;

interface MoveOptions {
  readonly from: () => MoveSource;
  readonly to: () => Promise<MoveDestination>;
  readonly onStep: OnStep;
}

interface Sides {
  readonly source: MoveSource;
  readonly destination: MoveDestination;
  readonly onStep: OnStep;
}

/** What was moved. */
export interface MoveResult {
  readonly rows: ReadonlyMap<MovedName, number>;
  /** How many values of a column had U+0000, which is U+FFFD now. */
  readonly replaced: ReadonlyMap<string, number>;
}

/**
 * Copies everything, and compares both sides. It may be interrupted at any moment: the next run goes on where this one
 * stopped. Throws if the two are not the same at the end.
 */
export async function move({ from, to, onStep }: MoveOptions): Promise<MoveResult> {
  const source = from();
  try {
    const destination = await to();
    try {
      return await moveAll({ source, destination, onStep });
    } finally {
      await destination.close();
    }
  } finally {
    source.close();
  }
}

async function moveAll(sides: Sides): Promise<MoveResult> {
  const { source, destination } = sides;
  const replaced = new Map<string, number>();
  const facts = await readAll(sides, replaced);
  const done = await destination.begin(sha256(JSON.stringify([...facts])));
  await copyAll(sides, { done, facts });
  await destination.continueNumbers(source.lastNumbers());
  await compareAll(sides, facts);
  await destination.finish();
  return { rows: new Map([...facts].map(([name, { rows }]) => [name, rows])), replaced };
}

/** It names what is moved, and is compared with what has arrived. */
async function readAll({ source, onStep }: Sides, replaced: Map<string, number>): Promise<Facts> {
  const facts = new Map<MovedName, TableFacts>();
  for (const table of MOVED_NAMES.map(movedTable)) {
    const onReplaced = (column: string) => {
      const name = `${table.name}.${column}`;
      replaced.set(name, (replaced.get(name) ?? 0) + 1);
    };
    const found = await factsOf(source.rows(table, { onReplaced }));
    facts.set(table.name, found);
    onStep({ kind: 'read', table: table.name, rows: found.rows });
  }
  return facts;
}

async function copyAll(
  { source, destination, onStep }: Sides,
  { done, facts }: { done: ReadonlySet<number>; facts: Facts },
): Promise<void> {
  const tables = MOVED_NAMES.map(movedTable);
  for (const table of tables.filter(({ ofTarget }) => ofTarget === undefined)) {
    await destination.write(table, source.rows(table));
    onStep({ kind: 'copied', table: table.name, rows: facts.get(table.name)?.rows ?? 0 });
  }
  const ids = source.targetIds();
  for (const [place, targetId] of ids.entries()) {
    if (!done.has(targetId))
      await destination.writeTarget(targetId, (table) => source.rows(table, { targetId }));
    onStep({ kind: 'targets', done: place + 1, all: ids.length });
  }
}

async function compareAll({ destination, onStep }: Sides, facts: Facts): Promise<void> {
  const different: string[] = [];
  for (const [name, expected] of facts) {
    const found = await factsOf(destination.rows(movedTable(name)));
    if (found.digest === expected.digest) onStep({ kind: 'same', table: name, rows: found.rows });
    else different.push(`${name} (${expected.rows} rows became ${found.rows}, or their values differ)`);
  }
  if (different.length === 0) return;
  throw new Error(
    `The copy is not the same as the file: ${different.join(', ')}. No server starts on it. Remove it with ` +
      'DROP SCHEMA gitops_status CASCADE, and move again.',
  );
}

interface TableFacts {
  readonly rows: number;
  /** SHA-256 of all rows, in their order. */
  readonly digest: string;
}

type Facts = ReadonlyMap<MovedName, TableFacts>;

async function factsOf(batches: Rows | AsyncIterable<readonly MovedRow[]>): Promise<TableFacts> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const batch of batches) {
    rows += batch.length;
    hash.update(batch.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
  return { rows, digest: hash.digest('hex') };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
