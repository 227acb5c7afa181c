/** What a target carries beside its name, such as `env` or `team`: keys `[a-z][a-z0-9_]{0,62}`, values of 1 to 255 characters. */
export type Labels = { readonly [key: string]: string };

export const MAX_LABELS = 16;
export const LABEL_KEY_PATTERN = /^[a-z][a-z0-9_]{0,62}$/;
