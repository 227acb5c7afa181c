import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import {
  canonicalFinding,
  canonicalJson,
  type FindingContent,
  type FindingRef,
} from '../../domain/finding.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import type { Database } from './open.ts';
import { findings, sources, targets } from './schema.ts';

/** How far `source.last_used_at` may lag behind: a write a day, not one a report. */
export const USE_NOTED_EVERY_MS = 86_400_000;

/**
 * What is said most often is remembered by its text as it came; longer texts and rarer ones are looked up by the digest
 * of the canonical text, which costs more to make.
 */
const MAX_REMEMBERED = 10_000;
const MAX_REMEMBERED_LENGTH = 1000;

/** Gives what is said over and over a number, and stores it the first time only: one seek in a unique index. */
export class Interning {
  readonly #db: Database;
  readonly #findings = new Map<string, FindingRef>();
  readonly #sources = new Map<string, { readonly id: number; readonly lastUsedAt: number }>();
  readonly #targetByName;
  readonly #findingByDigest;
  readonly #sourceByDigest;

  constructor(db: Database) {
    this.#db = db;
    const isNamed = and(
      eq(targets.repo, sql.placeholder('repo')),
      eq(targets.server, sql.placeholder('server')),
    );
    const digest = sql.placeholder('digest');
    this.#targetByName = db.select({ id: targets.id }).from(targets).where(isNamed).prepare();
    this.#findingByDigest = db
      .select({ id: findings.id })
      .from(findings)
      .where(eq(findings.digest, digest))
      .prepare();
    this.#sourceByDigest = db
      .select({ id: sources.id, lastUsedAt: sources.lastUsedAt })
      .from(sources)
      .where(eq(sources.digest, digest))
      .prepare();
  }

  target({ repo, server }: Target): number {
    const known = this.#targetByName.get({ repo, server });
    return known?.id ?? this.#db.insert(targets).values({ repo, server }).returning().get().id;
  }

  finding(content: FindingContent): FindingRef {
    const text = JSON.stringify(content);
    const known = this.#findings.get(text);
    if (known !== undefined) return known;
    const finding = { id: this.#storedFinding(content), syncStatus: content.syncStatus };
    remember(this.#findings, text, finding);
    return finding;
  }

  source(report: Report): number {
    const content = sourceOf(report);
    const text = JSON.stringify(content);
    // An imported report may say that it was received long before it was checked.
    const lastUsedAt = Math.max(report.receivedAt, report.checkedAt);
    const known = this.#sources.get(text) ?? this.#storedSource(content, lastUsedAt);
    const { id } = known;
    const isDue = lastUsedAt - known.lastUsedAt > USE_NOTED_EVERY_MS;
    if (isDue) this.#db.update(sources).set({ lastUsedAt }).where(eq(sources.id, id)).run();
    remember(this.#sources, text, isDue ? { id, lastUsedAt } : known);
    return id;
  }

  /** Must be called where rows may have gone, or never came to be. */
  forget(): void {
    this.#findings.clear();
    this.#sources.clear();
  }

  #storedFinding(content: FindingContent): number {
    const digest = sha256(canonicalFinding(content));
    const known = this.#findingByDigest.get({ digest });
    if (known !== undefined) return known.id;
    const { syncStatus, driftCount, files } = content;
    const values = { digest, syncStatus, driftCount, files };
    return this.#db.insert(findings).values(values).returning({ id: findings.id }).get().id;
  }

  #storedSource(content: ReturnType<typeof sourceOf>, lastUsedAt: number) {
    const digest = sha256(canonicalJson(content));
    const known = this.#sourceByDigest.get({ digest });
    if (known !== undefined) return known;
    const added = this.#db.insert(sources).values({ digest, lastUsedAt, ...content });
    return added.returning({ id: sources.id, lastUsedAt: sources.lastUsedAt }).get();
  }
}

function remember<T>(known: Map<string, T>, text: string, value: T): void {
  if (text.length > MAX_REMEMBERED_LENGTH || known.get(text) === value) return;
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(text, value);
}

function sourceOf(report: Report) {
  return {
    staleAfterMs: report.staleAfterMs,
    expectedIntervalS: report.expectedIntervalS ?? null,
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
