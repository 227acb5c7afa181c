import type { Target } from './target.ts';

/** Endings that are easily added to a name or left off. */
const ENDINGS = ['', '.', '/', '.git'] as const;
const ENDING = /(?:\.git|[./])+$/;

/** The part of a name that people know it by: without such an ending, in lower case. */
function stemOf(name: string): string {
  const lower = name.toLowerCase();
  return lower.replace(ENDING, '') || lower;
}

/**
 * Equal for targets whose names differ only in case or ending: most likely one of them is a mistake. Names contain no
 * blanks.
 */
export function spellingKey({ repo, server }: Target): string {
  return `${stemOf(repo)} ${stemOf(server)}`;
}

/** Other spellings of the name of a repo or a server, in lower case. */
export function spellingsOf(name: string): string[] {
  const stem = stemOf(name);
  return ENDINGS.map((ending) => `${stem}${ending}`);
}
