import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { toCsv } from '../../csv.ts';
import { toPanelRows } from '../../panel-rows.ts';
import { boundedRows, firstRows, type Rows, rowsToJson, withinLimit } from '../../rows-json.ts';
import { fieldsParam, schemaWithFields, withFields } from '../../schemas/fields.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { formatParam, limitParam } from '../../schemas/query.ts';

interface HeaderDescription {
  readonly description: string;
  readonly schema: { readonly type: 'integer' | 'string' };
}

interface ListRoute<P extends string, Q extends z.ZodRawShape, R extends z.ZodType> {
  readonly path: P;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Its group in the contract. */
  readonly tag?: string;
  readonly query: Q;
  readonly row: R;
  /** The headers of the answer. */
  readonly headers?: Readonly<Record<string, HeaderDescription>>;
  /** Whether it sends an ETag, and so may answer 304. */
  readonly cacheable?: boolean;
}

const totalCount = {
  'X-Total-Count': {
    description: 'How many rows there are; absent if reading stopped at `limit`',
    schema: { type: 'integer' },
  },
} as const;

/** A route that answers with rows: a JSON array, or CSV. Unknown parameters are refused. */
export function listRoute<P extends string, Q extends z.ZodRawShape, R extends z.ZodType>({
  path,
  operationId,
  summary,
  description,
  tag = path.startsWith('/grafana/') ? 'Grafana' : 'Answers',
  query,
  row,
  headers = {},
  cacheable = false,
}: ListRoute<P, Q, R>) {
  return createRoute({
    method: 'get',
    path,
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    request: {
      query: z.strictObject({ ...query, ...fieldsParam(row), ...limitParam, ...formatParam }),
    },
    responses: {
      200: {
        description: summary,
        headers: { ...totalCount, ...headers },
        content: {
          'application/json': { schema: z.array(row) },
          'text/csv': { schema: z.string() },
        },
      },
      ...(cacheable ? { 304: { description: 'Nothing has changed since the ETag in `If-None-Match`' } } : {}),
      ...problemResponses(422),
    },
  });
}

interface RowsOptions {
  readonly row: z.ZodObject;
  readonly format: 'json' | 'csv';
  readonly raw: 'true' | 'false';
  readonly fields?: readonly string[] | undefined;
  /** Whether panels show the rows as they are. */
  readonly forPanels?: boolean;
}

/**
 * Answers with the rows, in the requested format and up to the requested limit. `readUpTo`: no more rows than this were
 * read, so their total is not known. Throws `invalid` if the answer would be too large.
 */
export function answerRows<T extends object>(
  c: Context,
  rows: Rows<T>,
  {
    limit,
    readUpTo,
    ...options
  }: RowsOptions & { limit?: number | undefined; readUpTo?: number | undefined },
) {
  if (readUpTo === undefined || rows.length < readUpTo) c.header('X-Total-Count', String(rows.length));
  return answerAs(c, firstRows(rows, limit), options);
}

export function answerAs<T extends object>(
  c: Context,
  rows: Iterable<T>,
  { row, format, raw, fields, forPanels = false }: RowsOptions,
): Response {
  const isRaw = raw === 'true';
  const wanted = withFields(rows, fields);
  if (format === 'csv') {
    const csv = toCsv(boundedRows(wanted), { schema: schemaWithFields(row, fields), isRaw });
    return c.text(withinLimit(csv), 200, { 'Content-Type': 'text/csv; charset=utf-8' });
  }
  const shown = forPanels ? toPanelRows(wanted, { isRaw }) : wanted;
  return c.body(rowsToJson(shown), 200, { 'Content-Type': 'application/json' });
}
