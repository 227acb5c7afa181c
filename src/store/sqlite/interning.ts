import { createHash } from 'node:crypto';
import type Sqlite from 'better-sqlite3';
import { canonicalFinding, canonicalJson, type FindingContent } from '../../domain/finding.ts';
import type { ReportContent } from '../../domain/report.ts';

/** How far `source.last_used_at` may lag behind: a write a day, not one a report. */
export const USE_NOTED_EVERY_MS = 86_400_000;

/**
 * What is said most often is remembered by its text as it came; longer texts and rarer ones are looked up by the digest
 * of the canonical text, which costs more to make.
 */
const MAX_REMEMBERED = 10_000;
const MAX_REMEMBERED_LENGTH = 1000;

interface KnownSource {
  readonly id: number;
  readonly lastUsedAt: number;
}

/** Gives what is said over and over a number, and stores it the first time only: one seek in a unique index. */
export class Interning {
  readonly #findings = new Map<string, number>();
  readonly #sources = new Map<string, KnownSource>();
  readonly #findingByDigest;
  readonly #sourceByDigest;
  readonly #insertFinding;
  readonly #insertSource;
  readonly #noteUse;

  constructor(client: Sqlite.Database) {
    this.#findingByDigest = client
      .prepare<[Buffer], number>('SELECT id FROM finding WHERE digest = ?')
      .pluck();
    this.#sourceByDigest = client.prepare<[Buffer], KnownSource>(
      'SELECT id, last_used_at AS lastUsedAt FROM source WHERE digest = ?',
    );
    this.#insertFinding = client.prepare<unknown[]>(
      'INSERT INTO finding (digest, sync_status, drift_count, files) VALUES (?, ?, ?, ?)',
    );
    this.#insertSource = client.prepare<unknown[]>(
      `INSERT INTO source (digest, last_used_at, stale_after_ms, expected_interval_s, stale_after_s, "check", pushed,
        after_deploy, labels, "commit", branch, tool, error, error_kind, extra)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#noteUse = client.prepare<[number, number]>('UPDATE source SET last_used_at = ? WHERE id = ?');
  }

  finding(content: FindingContent): number {
    const text = JSON.stringify(content);
    const known = this.#findings.get(text);
    if (known !== undefined) return known;
    const id = this.#storedFinding(content);
    remember(this.#findings, text, id);
    return id;
  }

  /** `usedAt`: the later of when the report was checked and when it arrived. */
  source(report: ReportContent, usedAt: number): number {
    const content = sourceOf(report);
    const text = JSON.stringify(content);
    const known = this.#sources.get(text) ?? this.#storedSource(content, usedAt);
    const isDue = usedAt - known.lastUsedAt > USE_NOTED_EVERY_MS;
    if (isDue) this.#noteUse.run(usedAt, known.id);
    remember(this.#sources, text, isDue ? { id: known.id, lastUsedAt: usedAt } : known);
    return known.id;
  }

  /** Must be called where rows may have gone, or never came to be. */
  forget(): void {
    this.#findings.clear();
    this.#sources.clear();
  }

  #storedFinding(content: FindingContent): number {
    const digest = sha256(canonicalFinding(content));
    const known = this.#findingByDigest.get(digest);
    if (known !== undefined) return known;
    const { syncStatus, driftCount, files } = content;
    return Number(
      this.#insertFinding.run(digest, syncStatus, driftCount, JSON.stringify(files)).lastInsertRowid,
    );
  }

  #storedSource(content: ReturnType<typeof sourceOf>, lastUsedAt: number): KnownSource {
    const digest = sha256(canonicalJson(content));
    const known = this.#sourceByDigest.get(digest);
    if (known !== undefined) return known;
    const inserted = this.#insertSource.run(
      digest,
      lastUsedAt,
      content.staleAfterMs,
      content.expectedIntervalS,
      content.staleAfterS,
      content.check,
      Number(content.pushed),
      Number(content.afterDeploy),
      content.labels && JSON.stringify(content.labels),
      content.commit,
      content.branch,
      content.tool,
      content.error,
      content.errorKind,
      JSON.stringify(content.extra),
    );
    return { id: Number(inserted.lastInsertRowid), lastUsedAt };
  }
}

function remember<T>(known: Map<string, T>, text: string, value: T): void {
  if (text.length > MAX_REMEMBERED_LENGTH || known.get(text) === value) return;
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(text, value);
}

function sourceOf(report: ReportContent) {
  return {
    staleAfterMs: report.staleAfterMs,
    expectedIntervalS: report.expectedIntervalS ?? null,
    staleAfterS: report.staleAfterS ?? null,
    check: report.check ?? null,
    pushed: report.pushed,
    afterDeploy: report.afterDeploy,
    labels: report.labels ?? null,
    commit: report.commit ?? null,
    branch: report.branch ?? null,
    tool: report.tool ?? null,
    error: report.error ?? null,
    errorKind: report.errorKind ?? null,
    extra: report.extra,
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
