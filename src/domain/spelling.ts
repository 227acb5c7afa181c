import type { Target } from './target.ts';

/** What is easily left on or off at the end of a name. */
const ENDINGS = ['', '.', '/', '.git'] as const;
const ENDING = /(?:\.git|[./])+$/;

/** The part of a name by which people know it: without what may end it, in lower case. */
function stemOf(name: string): string {
  const lower = name.toLowerCase();
  return lower.replace(ENDING, '') || lower;
}

/**
 * Equal for targets whose names differ only in case or in how they end: most likely one of them is a mistake. Names
 * contain no blanks.
 */
export function spellingKey({ repo, server }: Target): string {
  return `${stemOf(repo)} ${stemOf(server)}`;
}

/** How the name of a repo or a server may also be spelled, in lower case. */
export function spellingsOf(name: string): string[] {
  const stem = stemOf(name);
  return ENDINGS.map((ending) => `${stem}${ending}`);
}
