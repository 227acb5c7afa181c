export const TOKEN_SCOPES = ['report', 'read', 'admin'] as const;

/** What a token allows: to report, to read what was reported, to delete targets and administrate tokens. */
export type TokenScope = (typeof TOKEN_SCOPES)[number];
