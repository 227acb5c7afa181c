import { createHash } from 'node:crypto';

/** A statement with parameters by name. `P` are its parameters, `R` is a row of its answer. */
export interface Statement<P extends object, R> {
  /** Each connection prepares a statement once, under this name. */
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly string[];
  /** Whether it may change answers. */
  readonly changes: boolean;
  /** It exists only for the types. */
  readonly of?: readonly [P, R];
}

/** `:name`, but not the second colon of a cast. */
const PARAMETER = /(?<!:):([a-zA-Z]\w*)/g;

/** Of SQL in which `:name` stands for a parameter, as often as it is needed. */
export function statement<P extends object, R = never>(sql: string): Statement<P, R> {
  return made(sql, false);
}

/** The same of SQL that writes. */
export function command<P extends object, R = never>(sql: string): Statement<P, R> {
  return made(sql, true);
}

function made<P extends object, R>(sql: string, changes: boolean): Statement<P, R> {
  const parameters: string[] = [];
  const text = sql.replace(PARAMETER, (_, name: string) => {
    if (!parameters.includes(name)) parameters.push(name);
    return `$${parameters.indexOf(name) + 1}`;
  });
  return { name: createHash('sha1').update(text).digest('base64url'), text, parameters, changes };
}

const cached = new Map<string, Statement<object, unknown>>();

/** The same, made once for each text: for statements whose text depends on what is asked. */
export function cachedStatement<P extends object, R>(sql: string): Statement<P, R> {
  const known = cached.get(sql);
  // A cached statement of this text has the same parameters and rows.
  if (known !== undefined) return known as Statement<P, R>;
  const fresh = statement<P, R>(sql);
  cached.set(sql, fresh);
  return fresh;
}

/** The values of the parameters, in the order of the text. */
export function valuesOf<P extends object>({ parameters }: Statement<P, unknown>, params: P): unknown[] {
  const values = new Map<string, unknown>(Object.entries(params));
  return parameters.map((name) => values.get(name) ?? null);
}
