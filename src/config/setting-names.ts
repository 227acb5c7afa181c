import { closestMatch } from 'leven';

const PREFIX = 'GITOPS_STATUS_';

/** Variables that pipelines set for the reporter. A server may run in the same environment, and does not use them. */
export const REPORTER_NAMES: readonly string[] = [
  'ACCEPT_LEFT_OUT',
  'CHECK',
  'COMPARES',
  'EMPTY_PATTERNS',
  'ERROR_TEXT',
  'FILE',
  'LABELS',
  'REPORTER',
  'SERVER_URL',
  'SHOW_DIFF',
  'SPOOL',
  'TIMEOUT',
  'TOKEN',
  'TOKEN_FILE',
].map((name) => PREFIX + name);

/** Variables that Kubernetes and Docker set in a container for services whose names begin with `gitops-status`. */
const SERVICE_LINK = /_SERVICE_HOST$|_SERVICE_PORT(?:_.*)?$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_.*)?)?$/;

/** The name of the variable whose value is the path of a file with the content. */
export function fileNameOf(name: string): string {
  return `${name}_FILE`;
}

/** The variable by which an image sets a default. */
export function defaultNameOf(name: string): string {
  return `${PREFIX}DEFAULT_${shortOf(name)}`;
}

/** A sentence for each name that looks like a setting but is none, with the setting that was probably meant. */
export function unknownNames(names: readonly string[], settings: readonly string[]): string[] {
  const known = new Set([
    ...settings.flatMap((name) => [name, fileNameOf(name), defaultNameOf(name)]),
    ...REPORTER_NAMES,
  ]);
  return names
    .filter((name) => name.toUpperCase().startsWith(PREFIX) && !known.has(name) && !SERVICE_LINK.test(name))
    .map((name) => `${name} is not a setting: ${adviceFor(name, settings)}`);
}

function adviceFor(name: string, settings: readonly string[]): string {
  const meant = nearest(name, [...settings, ...settings.map(fileNameOf), ...settings.map(defaultNameOf)]);
  return meant === undefined ? 'docs/settings.md lists all settings' : `did you mean ${meant}?`;
}

/** Without the prefix, which not all settings have: `GITOPS_STATUS_DATABASE_URL` means `DATABASE_URL`. */
function nearest(name: string, settings: readonly string[]): string | undefined {
  const byShortName = new Map(settings.map((one) => [shortOf(one), one]));
  const written = shortOf(name);
  const maxDistance = Math.max(2, Math.floor(written.length / 3));
  const close = closestMatch(written, [...byShortName.keys()], { maxDistance });
  return byShortName.get(close ?? '') ?? settings.find((one) => sharesAllWords(shortOf(one), written));
}

function shortOf(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith(PREFIX) ? upper.slice(PREFIX.length) : upper;
}

/** Whether one of the names has all words of the other: `RETENTION` and `RETENTION_REPORTS`. */
function sharesAllWords(one: string, other: string): boolean {
  const [a, b] = [one.split('_'), other.split('_')];
  return a.every((word) => b.includes(word)) || b.every((word) => a.includes(word));
}
