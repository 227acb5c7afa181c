// Names and addresses are shown with every target, so they must hold no password. Stored ones are shown without theirs.

/** A user and a password at the start of a part of a name: `user:password@host`. */
const CREDENTIALS = '(?<=^|/)[^/]*:[^/]*@';
/** Tokens are also sent as the user alone: `https://token@host`. */
const USER_OF_A_SITE = '(?<=https?://)[^/]*@';
/** A password with a slash in it. A port before a path is none. */
const WITH_SLASHES = '(?<=://)[^/@]*:(?!\\d+/)[^@]*@';

const IN_A_NAME = new RegExp([CREDENTIALS, USER_OF_A_SITE, WITH_SLASHES].join('|'), 'gi');

/** Browsers accept any number of slashes, in both directions. */
const IN_A_URL = /(?<=^https?:[\\/]*)[^\\/?#]*@/i;

export function hasPassword(name: string): boolean {
  return name.includes('@') && name !== withoutPassword(name);
}

/** The name without users and passwords. */
export function withoutPassword(name: string): string {
  return name.replace(IN_A_NAME, '');
}

/** Whether an http address has a user or a password. */
export function urlHasPassword(url: string): boolean {
  return url.includes('@') && url !== urlWithoutPassword(url);
}

/** An http address without its user and password. */
export function urlWithoutPassword(url: string): string {
  return url.replace(IN_A_URL, '');
}
