import { NAME_PATTERN } from '../../domain/target.ts';

/** `hasPassword` as parts of a pattern that must not follow the start of a name. */
const PASSWORDS = ['(.*/)?[^/]*:[^/]*@', '.*[Hh][Tt][Tt][Pp][Ss]?://[^/]*@', '.*://[^/@]*:(?!\\d+/)[^@]*@'];

/** The rule for the names of targets in the contract: one pattern, as OpenAPI can say it. */
export const NAME_IN_CONTRACT = NAME_PATTERN.source.replace(
  '^',
  `^${PASSWORDS.map((one) => `(?!${one})`).join('')}`,
);

/** The same with `*` for any characters. */
export const STARRED_NAME_IN_CONTRACT = NAME_IN_CONTRACT.replaceAll('[A-Za-z0-9', '[*A-Za-z0-9');
