import type { Target } from './target.ts';

/** What is easily left on or off at the end of a name. */
const ENDINGS = ['', '.', '/', '.git'] as const;
const ENDING = /(?:\.git|[./])+$/i;

/** The part of a name by which people know it: without what may end it, in lower case. */
function stemOf(name: string): string {
  const stem = name.toLowerCase().replace(ENDING, '');
  return stem === '' ? name.toLowerCase() : stem;
}

/** Whether two names differ only in case or in how they end: most likely one of them is a mistake. */
export function isSpelledAlike(a: Target, b: Target): boolean {
  const isSame = a.repo === b.repo && a.server === b.server;
  return !isSame && stemOf(a.repo) === stemOf(b.repo) && stemOf(a.server) === stemOf(b.server);
}

/** How the name of a repo or a server may also be spelled, in lower case. */
export function spellingsOf(name: string): string[] {
  const stem = stemOf(name);
  return ENDINGS.map((ending) => `${stem}${ending}`);
}
