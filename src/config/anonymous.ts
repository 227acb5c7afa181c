/** What can be opened to everybody. `read` includes what follows it. */
export const ANONYMOUS_WORDS = ['read', 'report', 'metrics', 'badges', 'page'] as const;
export type AnonymousWord = (typeof ANONYMOUS_WORDS)[number];
