import { type LeaseName, TermOver } from '../leases.ts';
import { NOW } from './node-row.ts';
import { first, type Session } from './session.ts';
import { statement } from './statement.ts';

/** Another process may take a lease this long after its holder last renewed it. */
export const TERM_MS = 15_000;

interface OfName {
  readonly name: LeaseName;
}

/** A term of a lease. */
export interface OfTerm extends OfName {
  readonly fence: number;
}

type Fence = Pick<OfTerm, 'fence'>;
type Said = { readonly said: string | null };

// By its key. None of them is a command: no answer changes with it.
const NAME = statement<OfName>(
  'INSERT INTO lease (name, fence, until) VALUES (:name, 0, 0) ON CONFLICT DO NOTHING',
);
/** A term that was lost in a failover must not share its number with another one: so the clock is in it. */
const TAKE = statement<OfName, Fence>(`
  UPDATE lease SET fence = greatest(fence + 1, ${NOW}), until = ${NOW} + ${TERM_MS}, said = NULL
  WHERE name = :name AND until < ${NOW} RETURNING fence`);
const HEAR = statement<OfName, Said>('SELECT said FROM lease WHERE name = :name');
const RENEW = statement<OfTerm & Said, Fence>(`
  UPDATE lease SET until = ${NOW} + ${TERM_MS}, said = :said WHERE name = :name AND fence = :fence RETURNING fence`);
const GIVE = statement<OfTerm>('UPDATE lease SET until = 0 WHERE name = :name AND fence = :fence');
/** No other process can take it before the transaction ends. */
const REQUIRE = statement<OfTerm, Fence>(
  'SELECT fence FROM lease WHERE name = :name AND fence = :fence FOR SHARE',
);

/** Takes a lease if no process has it; the fence is that of the new term. `heard`: the words of its holder. */
export async function takeLease(
  session: Session,
  of: OfName,
): Promise<{ readonly fence: number | undefined; readonly heard: string | undefined }> {
  const [, taken, row] = await Promise.all([
    session.all(NAME, of),
    first(session, TAKE, of),
    first(session, HEAR, of),
  ]);
  return { fence: taken?.fence, heard: row?.said ?? undefined };
}

/** False if another process has taken it since. */
export async function renewLease(
  session: Session,
  { said, ...term }: OfTerm & { said: string | undefined },
): Promise<boolean> {
  return (await first(session, RENEW, { ...term, said: said ?? null })) !== undefined;
}

export async function giveLease(session: Session, term: OfTerm): Promise<void> {
  await session.all(GIVE, term);
}

/** Throws `TermOver` if another process has taken the lease since that term; none does before the transaction ends. */
export async function requireTerm(session: Session, term: OfTerm): Promise<void> {
  if ((await first(session, REQUIRE, term)) === undefined) throw new TermOver();
}
