import { CHECK_COLUMNS, type CheckRow } from './report-rows.ts';
import { reportsIn } from './report-source.ts';
import { first, type Session } from './session.ts';
import { statement } from './statement.ts';

/** How many packs begin in a page. */
const PACKS = 32;
/** As many as are in so many packs. Packs may overlap, so a page may have more of them than begin in it. */
const REPORTS_AT_ONCE = 64 * PACKS;

interface After {
  readonly targetId: number;
  readonly checkedAt: number;
  readonly receivedAt: number;
}

/** Where the packs of a page have begun, by the key: all reports from before are in them, or in those before them. */
const PAGE_END = statement<After, { at: number }>(`
  SELECT first_at AS at FROM chunk WHERE target_id = :targetId AND first_at > :checkedAt
  ORDER BY first_at LIMIT 1 OFFSET ${PACKS}`);

/** The chunks, and the tail. */
const REPORTS = statement<After & { to: number }, CheckRow>(`
  SELECT ${CHECK_COLUMNS}
  FROM ${reportsIn({ target: ':targetId::bigint', from: ':checkedAt::bigint', to: ':to::bigint - 1' })}
  WHERE (r.checked_at, r.received_at) > (:checkedAt::bigint, :receivedAt::bigint)
  ORDER BY r.checked_at, r.received_at LIMIT ${REPORTS_AT_ONCE}`);

const START = Number.MIN_SAFE_INTEGER;
const END = Number.MAX_SAFE_INTEGER;

/** All reports of a target in the order of (`checkedAt`, `receivedAt`), without what they share with others. */
export async function* reportPages(
  session: Session,
  targetId: number,
): AsyncGenerator<readonly CheckRow[], void> {
  for (let after: After = { targetId, checkedAt: START, receivedAt: START }; after.checkedAt < END; ) {
    const to = (await first(session, PAGE_END, after))?.at ?? END;
    const page = await session.all(REPORTS, { ...after, to });
    yield page;
    const last = page.at(-1);
    const { checkedAt, receivedAt } =
      last !== undefined && page.length === REPORTS_AT_ONCE ? last : { checkedAt: to, receivedAt: START };
    after = { targetId, checkedAt, receivedAt };
  }
}
