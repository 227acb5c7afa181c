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

/** Gives what is said over and over a number, and stores it the first time only: one seek in a unique index. */
export class Interning {
  readonly #db: Database;
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
    const digest = sha256(canonicalFinding(content));
    const known = this.#findingByDigest.get({ digest });
    const added = () =>
      this.#db
        .insert(findings)
        .values({ digest, ...content })
        .returning()
        .get();
    return { id: (known ?? added()).id, syncStatus: content.syncStatus };
  }

  source(report: Report): number {
    const content = sourceOf(report);
    const digest = sha256(canonicalJson(content));
    const known = this.#sourceByDigest.get({ digest });
    const lastUsedAt = report.receivedAt;
    if (known === undefined) {
      const added = this.#db
        .insert(sources)
        .values({ digest, lastUsedAt, ...content })
        .returning({ id: sources.id });
      return added.get().id;
    }
    if (lastUsedAt - known.lastUsedAt > USE_NOTED_EVERY_MS) {
      this.#db.update(sources).set({ lastUsedAt }).where(eq(sources.id, known.id)).run();
    }
    return known.id;
  }
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
