import pg from 'pg';
import { vi } from 'vitest';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly Plan[];
}

/** One step of a plan: `Index Scan of report by report_pk`, with its condition. */
export interface Step {
  readonly kind: string;
  readonly table: string | undefined;
  readonly index: string | undefined;
  readonly condition: string | undefined;
  /** Whether it ends after the first rows that it reads. */
  readonly isShort: boolean;
}

/** The named statements that are sent meanwhile, by their text. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const sent = query.mock.calls.map(([asked]): unknown => asked);
    return [...new Set(sent.flatMap((asked) => (isNamed(asked) ? [asked.text] : [])))];
  } finally {
    query.mockRestore();
  }
}

function isNamed(asked: unknown): asked is { readonly text: string } {
  return typeof asked === 'object' && asked !== null && 'name' in asked && 'text' in asked;
}

/** How the database goes about a statement that is prepared, whatever its parameters are. */
export async function planOf(client: pg.Client, text: string): Promise<Step[]> {
  await client.query("SET plan_cache_mode = 'force_generic_plan'; SET jit = off");
  await client.query(`PREPARE asked AS ${text}`);
  try {
    const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    const values = count === 0 ? '' : `(${Array(count).fill('NULL').join(', ')})`;
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
      `EXPLAIN (FORMAT JSON) EXECUTE asked${values}`,
    );
    return (rows[0]?.['QUERY PLAN'] ?? []).flatMap(({ Plan: root }) => stepsOf(root, undefined));
  } finally {
    await client.query('DEALLOCATE asked');
  }
}

function stepsOf(plan: Plan, above: Plan | undefined): Step[] {
  const step = {
    kind: plan['Node Type'],
    table: plan['Relation Name'],
    index: plan['Index Name'],
    condition: plan['Index Cond'],
    isShort: above?.['Node Type'] === 'Limit' && plan.Filter === undefined,
  };
  return [step, ...(plan.Plans ?? []).flatMap((below) => stepsOf(below, plan))];
}
