import type { TestService } from '../service.ts';

/** The Accept header of a browser. */
export const BROWSER = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

/** A page as its reader sees it. */
export interface SeenPage {
  readonly status: number;
  readonly html: string;
  readonly title: string;
  /** Its words, in order. */
  readonly text: string;
  /** The cells of the rows of a table, by a part of its caption. */
  rowsOf(caption: string): string[][];
  /** The targets of its links and pictures. */
  readonly links: readonly string[];
}

export async function openPage(at: TestService, path: string): Promise<SeenPage> {
  const answer = await at.get(path, BROWSER);
  const html = await answer.text();
  return {
    status: answer.status,
    html,
    title: wordsOf(/<title>(.*?)<\/title>/s.exec(html)?.[1] ?? ''),
    text: wordsOf(/<main[^>]*>(.*)<\/main>/s.exec(html)?.[1] ?? ''),
    rowsOf: (caption) => rowsOf(html, caption),
    links: [...html.matchAll(/\b(?:href|src|action)="([^"]*)"/g)].map(([, link = '']) => decoded(link)),
  };
}

/** The text of a piece of HTML, with single blanks. */
function wordsOf(html: string): string {
  return decoded(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .replace(/ (?=[,:;.])/g, '')
    .trim();
}

function rowsOf(html: string, caption: string): string[][] {
  const tables = [...html.matchAll(/<table[^>]*>(.*?)<\/table>/gs)].map(([, inside = '']) => inside);
  const table = tables.find((inside) =>
    wordsOf(/<caption.*?<\/caption>/s.exec(inside)?.[0] ?? '').includes(caption),
  );
  const body = /<tbody[^>]*>(.*)<\/tbody>/s.exec(table ?? '')?.[1] ?? '';
  return [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => wordsOf(cell)),
  );
}

function decoded(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replace(/&(#?\w+);/g, (whole, name: string) => named[name] ?? whole);
}
