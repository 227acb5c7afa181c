import type { PropsWithChildren } from 'hono/jsx';

interface PagingProps {
  readonly page: number;
  readonly pages: number;
  readonly linkTo: (page: number) => string;
}

/** The first and the last page, and this many on either side of the current one. */
const NEAR = 2;

/** The number of rows, and links to the pages by their number. */
export function Paging({ page, pages, linkTo, children }: PropsWithChildren<PagingProps>) {
  const shown = Array.from({ length: pages }, (_, i) => i + 1).filter(
    (one) => one === 1 || one === pages || Math.abs(one - page) <= NEAR,
  );
  return (
    <nav class="paging" aria-label="Pages of this list">
      {pages === 1
        ? null
        : shown.map((one, i) => (
            <>
              {one - (shown[i - 1] ?? 0) > 1 ? <span>…</span> : null}
              {one === page ? (
                <span aria-current="page">{one}</span>
              ) : (
                <a href={linkTo(one)} {...relOf(one, page)}>
                  {one}
                </a>
              )}
            </>
          ))}
      <span>{children}</span>
    </nav>
  );
}

function relOf(one: number, page: number): { rel?: string } {
  if (one === page - 1) return { rel: 'prev' };
  return one === page + 1 ? { rel: 'next' } : {};
}
