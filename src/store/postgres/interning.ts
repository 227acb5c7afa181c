import { createHash } from 'node:crypto';
import { canonicalFinding, canonicalJson, type Json } from '../../domain/finding.ts';
import type { ReportContent } from '../../domain/report.ts';
import { Outdated } from './failure.ts';
import { fromSource, SOURCE_NAMES } from './report-rows.ts';
import { findings, sources } from './schema.ts';
import type { Session } from './session.ts';
import { command, type Statement, statement } from './statement.ts';
import { type Arrays, rowsWriter } from './table-columns.ts';

/** How late `last_used_at` may be: it is written once a day, not for each report. */
export const USE_NOTED_EVERY_MS = 86_400_000;

const MAX_REMEMBERED = 10_000;
const MAX_REMEMBERED_LENGTH = 1000;

interface Stored {
  readonly id: number;
  readonly lastUsedAt: number;
}

type StoredRow = Stored & { readonly digest: Buffer };

/** Something that is stored once, and named by its id from then on. */
interface Kind {
  readonly insert: Statement<Arrays, never>;
  readonly noteUse: Statement<Digests & { usedAt: number }, never>;
  readonly byDigest: Statement<Digests, StoredRow>;
  textOf(report: ReportContent): string;
  digestOf(report: ReportContent): Buffer;
  arrays(fresh: readonly Fresh[]): Arrays;
}

/** Values that may have to be stored. */
interface Fresh {
  readonly digest: Buffer;
  readonly lastUsedAt: number;
  readonly report: ReportContent;
}

/** The ids of the findings and sources of some reports. */
export interface InternedIds {
  findingOf(report: ReportContent): number;
  sourceOf(report: ReportContent): number;
}

/** Stores each finding and each source once, and gives its id. Frequent ones are remembered. */
export class Interning {
  readonly #findings = new Remembered(FINDING);
  readonly #sources = new Remembered(SOURCE);

  /** To be sent before any target is locked. `usedAt`: now, or later if a report was checked later. */
  async intern(session: Session, reports: readonly ReportContent[], usedAt: number): Promise<InternedIds> {
    const [findingOf, sourceOf] = await Promise.all([
      this.#findings.intern(session, reports, usedAt),
      this.#sources.intern(session, reports, usedAt),
    ]);
    return { findingOf, sourceOf };
  }

  /** Must be called after a transaction failed, or findings or sources were deleted. */
  forget(): void {
    this.#findings.forget();
    this.#sources.forget();
  }
}

class Remembered {
  readonly #kind: Kind;
  readonly #stored = new Map<string, Stored>();

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  forget(): void {
    this.#stored.clear();
  }

  async intern(session: Session, reports: readonly ReportContent[], usedAt: number) {
    const texts = new Map(reports.map((report) => [report, this.#kind.textOf(report)]));
    const unknown = new Map<string, ReportContent>();
    const known = new Map<string, Stored>();
    for (const [report, text] of texts) {
      const stored = this.#stored.get(text);
      if (stored !== undefined && usedAt - stored.lastUsedAt <= USE_NOTED_EVERY_MS) known.set(text, stored);
      else unknown.set(text, report);
    }
    for (const [text, stored] of await this.#store(session, unknown, usedAt)) {
      known.set(text, stored);
      this.#remember(text, stored);
    }
    return (report: ReportContent) => {
      const stored = known.get(texts.get(report) ?? '');
      if (stored === undefined) throw new Error('What was interned must have an id.');
      return stored.id;
    };
  }

  /** The statements are sent at once, before those that lock targets. Each sees what others have inserted before it. */
  async #store(
    session: Session,
    unknown: ReadonlyMap<string, ReportContent>,
    usedAt: number,
  ): Promise<Map<string, Stored>> {
    if (unknown.size === 0) return new Map();
    const { insert, noteUse, byDigest, digestOf, arrays } = this.#kind;
    const fresh = [...unknown]
      .map(([text, report]) => ({ text, digest: digestOf(report), lastUsedAt: usedAt, report }))
      // In one order everywhere, so that two transactions never wait for each other.
      .sort((a, b) => Buffer.compare(a.digest, b.digest));
    const digests = fresh.map(({ digest }) => digest);
    const [, , rows] = await Promise.all([
      session.all(insert, arrays(fresh)),
      session.all(noteUse, { digests, usedAt }),
      session.all(byDigest, { digests }),
    ]);
    const byHex = new Map(rows.map((row) => [row.digest.toString('hex'), row]));
    return new Map(
      fresh.map(({ text, digest }) => {
        const row = byHex.get(digest.toString('hex'));
        // It was removed as an orphan between two of the statements.
        if (row === undefined) throw new Outdated('A finding or a source is gone.');
        return [text, row];
      }),
    );
  }

  #remember(text: string, stored: Stored): void {
    if (text.length > MAX_REMEMBERED_LENGTH) return;
    if (this.#stored.size >= MAX_REMEMBERED) this.#stored.clear();
    this.#stored.set(text, stored);
  }
}

type Digests = { readonly digests: readonly Buffer[] };

/** All by the unique indexes on the digest. */
function statementsOf(table: 'finding' | 'source') {
  return {
    noteUse: command<Digests & { usedAt: number }>(`
      WITH late AS (
        SELECT id FROM ${table}
        WHERE digest = ANY (:digests::bytea[]) AND last_used_at < :usedAt::bigint - ${USE_NOTED_EVERY_MS}
        ORDER BY digest FOR NO KEY UPDATE)
      UPDATE ${table} SET last_used_at = greatest(last_used_at, :usedAt::bigint) FROM late WHERE ${table}.id = late.id`),
    byDigest: statement<Digests, StoredRow>(
      `SELECT id, digest, last_used_at AS "lastUsedAt" FROM ${table} WHERE digest = ANY (:digests::bytea[])`,
    ),
  };
}

/** Ids are taken also for what is there already: only what is not remembered is sent. */
const ENDING = 'ON CONFLICT (digest) DO NOTHING';

const FINDING_ROWS = rowsWriter(findings, {
  names: ['lastUsedAt', 'driftCount', 'digest', 'syncStatus', 'files'],
  ending: ENDING,
});

const FINDING: Kind = {
  ...statementsOf('finding'),
  insert: FINDING_ROWS.statement,
  textOf: ({ finding }) => JSON.stringify(finding),
  digestOf: ({ finding }) => sha256(canonicalFinding(finding)),
  arrays: (fresh) =>
    FINDING_ROWS.arrays(
      fresh.map(({ digest, lastUsedAt, report: { finding } }) => ({
        digest,
        lastUsedAt,
        driftCount: finding.driftCount ?? null,
        syncStatus: finding.syncStatus,
        files: JSON.stringify(finding.files),
      })),
    ),
};

const SOURCE_ROWS = rowsWriter(sources, {
  names: ['lastUsedAt', 'digest', ...SOURCE_NAMES],
  ending: ENDING,
});

const SOURCE: Kind = {
  ...statementsOf('source'),
  insert: SOURCE_ROWS.statement,
  textOf: (report) => JSON.stringify(sourceOf(report)),
  digestOf: (report) => sha256(canonicalJson(sourceOf(report))),
  arrays: (fresh) =>
    SOURCE_ROWS.arrays(fresh.map(({ report, ...row }) => ({ ...row, ...fromSource(report) }))),
};

/** Columns without a value are left out, so that a new column changes no digest. */
function sourceOf(report: ReportContent): { [key: string]: Json } {
  const content: { [key: string]: Json } = {};
  for (const name of SOURCE_NAMES) {
    const value = report[name];
    if (value !== undefined) content[name] = value;
  }
  return content;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
