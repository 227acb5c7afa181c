/** One page of a list. A page after the end is the last one, because a list may become shorter while it is read. */
export function pageOf<T>(
  items: readonly T[],
  { page, size }: { page: number; size: number },
): { readonly items: readonly T[]; readonly page: number; readonly pages: number } {
  const pages = Math.max(1, Math.ceil(items.length / size));
  const shown = Math.min(page, pages);
  return { items: items.slice((shown - 1) * size, shown * size), page: shown, pages };
}
