import type { Child, PropsWithChildren } from 'hono/jsx';

// Roles are explicit: if a style makes a row a grid, as on a phone, browsers forget that it is a row.

interface TableProps {
  readonly caption: string;
  readonly kind?: string;
  /** The cells of the head: `Head`, or words. */
  readonly heads: readonly (Child | undefined)[];
}

export function Table({ caption, kind, heads, children }: PropsWithChildren<TableProps>) {
  return (
    <table class={kind} role="table">
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">{heads.map((head) => (typeof head === 'string' ? <Head>{head}</Head> : head))}</tr>
      </thead>
      <tbody role="rowgroup">{children}</tbody>
    </table>
  );
}

interface HeadProps {
  /** Like that of the cells below it. */
  readonly kind?: string;
  readonly order?: 'ascending' | 'descending';
}

export function Head({ kind, order, children }: PropsWithChildren<HeadProps>) {
  return (
    <th scope="col" role="columnheader" class={kind} {...(order === undefined ? {} : { 'aria-sort': order })}>
      {children}
    </th>
  );
}

interface RowProps {
  readonly id?: string;
  readonly kind?: string | undefined;
  readonly [data: `data-${string}`]: string;
}

export function Row({ kind, children, ...attributes }: PropsWithChildren<RowProps>) {
  return (
    <tr role="row" class={kind} {...attributes}>
      {children}
    </tr>
  );
}

interface CellProps {
  readonly kind?: string;
  /** The name of the column, for phones without room for the head. */
  readonly label?: string;
  readonly title?: string;
}

export function Cell({ kind, label, title, children }: PropsWithChildren<CellProps>) {
  return (
    <td role="cell" class={kind} data-label={label} title={title}>
      {children}
    </td>
  );
}

/** The cell that names its row. */
export function RowHead({ kind, children }: PropsWithChildren<{ kind?: string }>) {
  return (
    <th scope="row" role="rowheader" class={kind}>
      {children}
    </th>
  );
}
