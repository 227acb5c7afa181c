import type { PropsWithChildren } from 'hono/jsx';

interface PagingProps {
  readonly page: number;
  readonly pages: number;
  readonly linkTo: (page: number) => string;
}

/** The number of rows, and links to the other pages. */
export function Paging({ page, pages, linkTo, children }: PropsWithChildren<PagingProps>) {
  return (
    <nav class="paging" aria-label="Pages of this list">
      <span>
        {children}
        {pages > 1 ? `, page ${page} of ${pages}` : ''}
      </span>
      {page > 1 ? (
        <a rel="prev" href={linkTo(page - 1)}>
          Previous
        </a>
      ) : null}
      {page < pages ? (
        <a rel="next" href={linkTo(page + 1)}>
          Next
        </a>
      ) : null}
    </nav>
  );
}
