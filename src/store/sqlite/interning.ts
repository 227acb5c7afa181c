import { createHash } from 'node:crypto';
import type Sqlite from 'better-sqlite3';
import { canonicalFinding, canonicalJson, type FindingContent, type Json } from '../../domain/finding.ts';
import type { ReportContent } from '../../domain/report.ts';
import { insertList, type RawRow } from './raw-rows.ts';
import { SOURCE } from './rows.ts';
import { sources } from './schema.ts';

/** How late `source.last_used_at` may be: it is written once a day, not for each report. */
export const USE_NOTED_EVERY_MS = 86_400_000;

/**
 * Frequent values are cached by their JSON text. Others, and long ones, are looked up by the digest of their canonical
 * text, which costs more.
 */
const MAX_REMEMBERED = 10_000;
const MAX_REMEMBERED_LENGTH = 1000;

/** The columns of a source that have a value. */
type SourceContent = { [key: string]: Json };

interface StoredSource {
  readonly id: number;
  readonly lastUsedAt: number;
}

/** What is prepared from a large report before its transaction. */
interface Prepared {
  readonly findingDigest: Buffer;
  readonly files: string;
  readonly sourceDigest: Buffer;
  readonly source: SourceRow;
}

type SourceRow = ReturnType<typeof SOURCE.toRaw>;

/** Stores each finding and each source once, and returns its id: one seek in a unique index. */
export class Interning {
  readonly #findings = new Map<string, number>();
  readonly #sources = new Map<string, StoredSource>();
  readonly #prepared = new WeakMap<ReportContent, Prepared>();
  readonly #findingByDigest;
  readonly #sourceByDigest;
  readonly #insertFinding;
  readonly #insertSource;
  readonly #noteUse;

  constructor(client: Sqlite.Database) {
    this.#findingByDigest = client
      .prepare<[Buffer], number>('SELECT id FROM finding WHERE digest = ?')
      .pluck();
    this.#sourceByDigest = client.prepare<[Buffer], StoredSource>(
      'SELECT id, last_used_at AS lastUsedAt FROM source WHERE digest = ?',
    );
    this.#insertFinding = client.prepare<unknown[]>(
      'INSERT INTO finding (digest, sync_status, drift_count, files) VALUES (?, ?, ?, ?)',
    );
    this.#insertSource = client.prepare<[Omit<RawRow<typeof sources>, 'id'>]>(
      `INSERT INTO source ${insertList(sources, ['digest', 'lastUsedAt', ...SOURCE.names])}`,
    );
    this.#noteUse = client.prepare<[number, number]>('UPDATE source SET last_used_at = ? WHERE id = ?');
  }

  /** How many values are cached. */
  get remembered(): number {
    return this.#findings.size + this.#sources.size;
  }

  /**
   * Does the slow work for a large report before its transaction. The report can also be stored without it. Yields if
   * other work may go first.
   */
  *prepare(report: ReportContent): Generator<void> {
    const ofFinding = findingDigest(report.finding);
    yield;
    const files = JSON.stringify(report.finding.files);
    yield;
    const ofSource = sourceDigest(report);
    yield;
    this.#prepared.set(report, {
      findingDigest: ofFinding,
      files,
      sourceDigest: ofSource,
      source: SOURCE.toRaw(report),
    });
  }

  finding(report: ReportContent): number {
    const { finding } = report;
    const prepared = this.#prepared.get(report);
    if (prepared !== undefined) return this.#storedFinding(finding, prepared.findingDigest, prepared.files);
    const text = JSON.stringify(finding);
    const cached = this.#findings.get(text);
    if (cached !== undefined) return cached;
    const id = this.#storedFinding(finding, findingDigest(finding));
    remember(this.#findings, text, id);
    return id;
  }

  /** `usedAt`: the later of when the report was checked and when it arrived. */
  source(report: ReportContent, usedAt: number): number {
    const prepared = this.#prepared.get(report);
    if (prepared !== undefined) {
      const { sourceDigest, source } = prepared;
      return this.#used(
        this.#storedSource(sourceDigest, () => source, usedAt),
        usedAt,
      ).id;
    }
    const text = JSON.stringify(sourceOf(report));
    const cached = this.#sources.get(text);
    const stored = cached ?? this.#storedSource(sourceDigest(report), () => SOURCE.toRaw(report), usedAt);
    const source = this.#used(stored, usedAt);
    if (source !== cached) remember(this.#sources, text, source);
    return source.id;
  }

  #used(source: StoredSource, usedAt: number): StoredSource {
    if (usedAt - source.lastUsedAt <= USE_NOTED_EVERY_MS) return source;
    this.#noteUse.run(usedAt, source.id);
    return { id: source.id, lastUsedAt: usedAt };
  }

  /** Must be called after rows were deleted or a transaction was rolled back. */
  forget(): void {
    this.#findings.clear();
    this.#sources.clear();
  }

  #storedFinding({ syncStatus, driftCount, files }: FindingContent, digest: Buffer, text?: string): number {
    const stored = this.#findingByDigest.get(digest);
    if (stored !== undefined) return stored;
    const written = text ?? JSON.stringify(files);
    return Number(this.#insertFinding.run(digest, syncStatus, driftCount, written).lastInsertRowid);
  }

  #storedSource(digest: Buffer, row: () => SourceRow, lastUsedAt: number): StoredSource {
    const stored = this.#sourceByDigest.get(digest);
    if (stored !== undefined) return stored;
    const inserted = this.#insertSource.run({ digest, lastUsedAt, ...row() });
    return { id: Number(inserted.lastInsertRowid), lastUsedAt };
  }
}

function remember<T>(cache: Map<string, T>, text: string, value: T): void {
  if (text.length > MAX_REMEMBERED_LENGTH) return;
  if (cache.size >= MAX_REMEMBERED) cache.clear();
  cache.set(text, value);
}

/** The key of a finding and of a source. Two keys are equal only if the contents are. */
export function findingDigest(content: FindingContent): Buffer {
  return sha256(canonicalFinding(content));
}

export function sourceDigest(source: SourceFields): Buffer {
  return sha256(canonicalJson(sourceOf(source)));
}

type SourceFields = Pick<ReportContent, (typeof SOURCE.names)[number]>;

/** Columns without a value are left out, so that a new column changes no digest. */
function sourceOf(report: SourceFields): SourceContent {
  const content: SourceContent = {};
  for (const name of SOURCE.names) {
    const value = report[name];
    if (value !== undefined) content[name] = value;
  }
  return content;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
