import { z } from 'zod';
import { withoutPassword } from '../domain/password.ts';
import { isNetwork } from './addresses.ts';
import { type DatabaseAddress, databaseAddress, databaseUrlFault, readUrlFault } from './database-url.ts';
import { headerFault, type PeopleSettings, peopleProblems, toPeople } from './people.ts';
import { size, span, spanUpTo } from './quantities.ts';
import { defaultNameOf, fileNameOf, unknownNames } from './setting-names.ts';

/** Everything that can be set from outside. Spans in milliseconds, sizes in bytes. */
export interface Config extends DatabaseAddress {
  /** Where questions are read, in the place of the primary. */
  readonly postgresReadUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly staleAfterMs: number;
  /** The interval of a push that does not state one; undefined if `staleAfterMs` is used for it. */
  readonly pushIntervalMs: number | undefined;
  /** Which series each target has in `/metrics`. */
  readonly targetSeries: 'few' | 'all';
  readonly retentionReportsMs: number;
  readonly retentionHistoryMs: number;
  readonly maxReportBytes: number;
  readonly maxBatchBytes: number;
  readonly maxQueuedReports: number;
  readonly logLevel: LogLevel;
  /** What can be used without a token. */
  readonly anonymous: readonly AnonymousWord[];
  /** Nothing is open without a token, even on loopback before the first one is made. */
  readonly requireToken: boolean;
  /** The file that declares tokens; undefined if tokens are only made by command. */
  readonly tokensFile: string | undefined;
  /** The file that declares the targets that are expected to report. */
  readonly expectedTargetsFile: string | undefined;
  /** The file that says who is told what; undefined if nobody is told anything. */
  readonly notifyFile: string | undefined;
  /** Addresses and networks whose `X-Forwarded-…` and `Forwarded` are believed. */
  readonly trustedProxies: readonly string[];
  /** How a proxy that knows people names them; undefined if none does. */
  readonly people: PeopleSettings | undefined;
  /** Host names of this server, in addition to those of loopback and `host`. */
  readonly allowedHosts: readonly string[];
  /** The path below which everything is served: `/drift`, or empty. */
  readonly basePath: string;
  /** Where clients reach this server, without a slash at the end; undefined if requests tell. */
  readonly publicUrl: string | undefined;
  readonly maxConnections: number;
  /** How long a request may take to arrive completely. */
  readonly requestTimeoutMs: number;
  /** How long a connection may be idle before it is closed. */
  readonly keepAliveMs: number;
  /** The most bytes that the URL and the headers of a request may have together. */
  readonly maxHeaderBytes: number;
  /** How long the answer to a question may take. */
  readonly questionTimeoutMs: number;
  /** How long it still serves after it was told to stop, so that load balancers notice. */
  readonly shutdownDelayMs: number;
}

/** What can be used without a token. `read` includes the values after it. */
const ANONYMOUS_WORDS = ['read', 'report', 'metrics', 'badges', 'page'] as const;
export type AnonymousWord = (typeof ANONYMOUS_WORDS)[number];

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** The longest wait of a timer in Node, 24 days: it takes a longer one for none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const list = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''));

/** Names of people and groups may have blanks in them. */
const names = z
  .string()
  .default('')
  .transform((text) => text.split(/[,\n]/).flatMap((name) => name.trim() || []));

/** A text of which `faultOf` says what is wrong. */
const without = (faultOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault !== undefined) context.addIssue(fault);
  });

const header = without(headerFault).optional();

const PATH = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/?$/;

function withoutLastSlash(text: string): string {
  return text.replace(/\/$/, '');
}

/** An address without user, query and fragment. */
function isPublicUrl(text: string): boolean {
  if (!/^https?:\/\/[^/?#@\s]+(?:\/[^?#\s]*)?$/i.test(text) || !URL.canParse(text)) return false;
  return PATH.test(new URL(text).pathname);
}

/** Values that no message may show. */
const SECRETS: readonly string[] = ['GITOPS_STATUS_AUTH_PROXY_SECRET'];

const settings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number('must be a number').int().min(0).max(65535).default(8080),
  DATABASE_URL: without(databaseUrlFault).default('sqlite:./data/gitops-status.db'),
  DATABASE_READ_URL: without(readUrlFault).optional(),
  GITOPS_STATUS_STALE_AFTER: spanUpTo('7d').prefault('10m'),
  GITOPS_STATUS_PUSH_INTERVAL: spanUpTo('31d').optional(),
  GITOPS_STATUS_TARGET_SERIES: z.enum(['few', 'all'], 'must be few or all').default('few'),
  GITOPS_STATUS_RETENTION_REPORTS: span.prefault('90d'),
  GITOPS_STATUS_RETENTION_HISTORY: span.prefault('5y'),
  GITOPS_STATUS_MAX_REPORT_SIZE: size.prefault('1MiB'),
  GITOPS_STATUS_MAX_BATCH_SIZE: size.prefault('8MiB'),
  GITOPS_STATUS_MAX_QUEUED_REPORTS: z.coerce.number('must be a number').int().min(1000).default(10_000),
  GITOPS_STATUS_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  GITOPS_STATUS_ANONYMOUS: list.pipe(
    z.array(z.enum(ANONYMOUS_WORDS, `must be a list of ${ANONYMOUS_WORDS.join(', ')}`)),
  ),
  GITOPS_STATUS_REQUIRE_TOKEN: z.enum(['true', 'false'], 'must be true or false').default('false'),
  GITOPS_STATUS_TOKENS_FILE: z.string().optional(),
  GITOPS_STATUS_EXPECTED_TARGETS_FILE: z.string().optional(),
  GITOPS_STATUS_NOTIFY_FILE: z.string().optional(),
  GITOPS_STATUS_TRUSTED_PROXIES: list.pipe(
    z.array(z.string().refine(isNetwork, 'must be a list of addresses and networks such as 10.0.0.0/8')),
  ),
  GITOPS_STATUS_USER_HEADER: header,
  GITOPS_STATUS_AUTH_PROXIES: list,
  GITOPS_STATUS_AUTH_PROXY_SECRET: z
    .string()
    .regex(/^[\x21-\x7e]{16,255}$/, 'must have 16 to 255 ASCII characters without blanks')
    .optional(),
  GITOPS_STATUS_GROUPS_HEADER: header,
  GITOPS_STATUS_ACT_USERS: names,
  GITOPS_STATUS_ACT_GROUPS: names,
  GITOPS_STATUS_ALLOWED_HOSTS: list.pipe(
    z.array(
      z.string().regex(/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])$/, 'must be a list of names, without ports'),
    ),
  ),
  GITOPS_STATUS_BASE_PATH: z
    .string()
    .regex(PATH, 'must be a path such as /drift')
    .default('')
    .transform(withoutLastSlash),
  GITOPS_STATUS_PUBLIC_URL: z
    .string()
    .refine(isPublicUrl, 'must be an address such as https://status.example.org/drift')
    .transform((text) => withoutLastSlash(new URL(text).href))
    .optional(),
  GITOPS_STATUS_MAX_CONNECTIONS: z.coerce.number('must be a number').int().min(1).default(4096),
  GITOPS_STATUS_REQUEST_TIMEOUT: span.prefault('1m'),
  // Longer than the two minutes after which many proxies close an idle connection: so they close it first.
  GITOPS_STATUS_KEEP_ALIVE: span.prefault('3m'),
  // Enough for a query that names hundreds of targets.
  GITOPS_STATUS_MAX_HEADER_SIZE: size
    .prefault('16KiB')
    .refine((bytes) => bytes >= 4096 && bytes <= 1024 ** 2, 'must be between 4KiB and 1MiB'),
  GITOPS_STATUS_QUESTION_TIMEOUT: span.prefault('30s'),
  GITOPS_STATUS_SHUTDOWN_DELAY: spanUpTo('5m').optional(),
});

/**
 * Reads the settings from the environment; any of them may instead be the content of a file, named by `NAME_FILE`. An
 * empty value counts as not set. Throws a `ConfigError` that lists every mistake at once.
 */
export function parseConfig(env: NodeJS.ProcessEnv, readFile: (path: string) => string): Config {
  const names = Object.keys(settings.shape);
  const problems = unknownNames(
    Object.keys(env).filter((name) => env[name]),
    names,
  );
  const given: Record<string, string> = {};
  for (const name of names) {
    const value = readSetting(name, { env, readFile, problems });
    if (value !== '') given[name] = value;
  }
  const parsed = settings.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    const [name = ''] = issue.path.map(String);
    const value = SECRETS.includes(name) ? '(not shown)' : shownValue(given[name] ?? '');
    problems.push(`${name}=${value}: ${issue.message}`);
  }
  problems.push(
    ...retentionProblems(given),
    ...peopleProblems(peopleGiven(given)),
    ...linkProblems(given),
    ...readingProblems(given),
  );
  if (parsed.data === undefined || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/** A message without a link is only half as useful, and only this setting knows the address. */
function linkProblems(given: Readonly<Record<string, string>>): string[] {
  if (given.GITOPS_STATUS_NOTIFY_FILE === undefined || given.GITOPS_STATUS_PUBLIC_URL !== undefined)
    return [];
  return [
    'GITOPS_STATUS_NOTIFY_FILE needs GITOPS_STATUS_PUBLIC_URL, the address that messages link to: set both',
  ];
}

/** A file has no replica. */
function readingProblems({ DATABASE_URL, DATABASE_READ_URL }: Readonly<Record<string, string>>): string[] {
  if (DATABASE_READ_URL === undefined || /^postgres/i.test(DATABASE_URL ?? '')) return [];
  return [
    'DATABASE_READ_URL is for a replica of PostgreSQL: set DATABASE_URL to its primary, or remove DATABASE_READ_URL',
  ];
}

/** Periods outlive the reports they were made of, so history must be stored at least as long as reports. */
function retentionProblems(given: Readonly<Record<string, string>>): string[] {
  const { GITOPS_STATUS_RETENTION_REPORTS: reports, GITOPS_STATUS_RETENTION_HISTORY: history } =
    settings.shape;
  const reportsMs = reports.safeParse(given.GITOPS_STATUS_RETENTION_REPORTS).data;
  const historyMs = history.safeParse(given.GITOPS_STATUS_RETENTION_HISTORY).data;
  if (reportsMs === undefined || historyMs === undefined || historyMs >= reportsMs) return [];
  return [
    'GITOPS_STATUS_RETENTION_HISTORY must be at least GITOPS_STATUS_RETENTION_REPORTS: make it longer, or that one shorter',
  ];
}

/** The settings about people, each unchanged if it is not usable by itself. */
function peopleGiven(given: Readonly<Record<string, string>>) {
  return {
    ...given,
    GITOPS_STATUS_AUTH_PROXIES: list.parse(given.GITOPS_STATUS_AUTH_PROXIES),
    GITOPS_STATUS_ACT_USERS: names.parse(given.GITOPS_STATUS_ACT_USERS),
    GITOPS_STATUS_ACT_GROUPS: names.parse(given.GITOPS_STATUS_ACT_GROUPS),
  };
}

/** A value as a message may show it: without a password, and without the text after a `?`, which may be one too. */
function shownValue(text: string): string {
  return withoutPassword(text).replace(/\?[\s\S]*/, '?…');
}

function readSetting(
  name: string,
  {
    env,
    readFile,
    problems,
  }: { env: NodeJS.ProcessEnv; readFile: (path: string) => string; problems: string[] },
): string {
  const file = env[fileNameOf(name)];
  if (!file) return env[name] || (env[defaultNameOf(name)] ?? '');
  if (env[name]) problems.push(`${name} and ${fileNameOf(name)} are both set: remove one of them`);
  try {
    return readFile(file).trim();
  } catch (error) {
    problems.push(`${fileNameOf(name)}=${file}: ${error instanceof Error ? error.message : error}`);
    return '';
  }
}

function toConfig(env: z.infer<typeof settings>): Config {
  return {
    host: env.HOST,
    port: env.PORT,
    ...databaseAddress(env.DATABASE_URL),
    postgresReadUrl: env.DATABASE_READ_URL,
    staleAfterMs: env.GITOPS_STATUS_STALE_AFTER,
    pushIntervalMs: env.GITOPS_STATUS_PUSH_INTERVAL,
    targetSeries: env.GITOPS_STATUS_TARGET_SERIES,
    retentionReportsMs: env.GITOPS_STATUS_RETENTION_REPORTS,
    retentionHistoryMs: env.GITOPS_STATUS_RETENTION_HISTORY,
    maxReportBytes: env.GITOPS_STATUS_MAX_REPORT_SIZE,
    maxBatchBytes: env.GITOPS_STATUS_MAX_BATCH_SIZE,
    maxQueuedReports: env.GITOPS_STATUS_MAX_QUEUED_REPORTS,
    logLevel: env.GITOPS_STATUS_LOG_LEVEL,
    anonymous: env.GITOPS_STATUS_ANONYMOUS,
    requireToken: env.GITOPS_STATUS_REQUIRE_TOKEN === 'true',
    tokensFile: env.GITOPS_STATUS_TOKENS_FILE,
    expectedTargetsFile: env.GITOPS_STATUS_EXPECTED_TARGETS_FILE,
    notifyFile: env.GITOPS_STATUS_NOTIFY_FILE,
    trustedProxies: env.GITOPS_STATUS_TRUSTED_PROXIES,
    people: toPeople(env),
    allowedHosts: env.GITOPS_STATUS_ALLOWED_HOSTS,
    basePath: env.GITOPS_STATUS_BASE_PATH,
    publicUrl: env.GITOPS_STATUS_PUBLIC_URL,
    maxConnections: env.GITOPS_STATUS_MAX_CONNECTIONS,
    requestTimeoutMs: Math.min(env.GITOPS_STATUS_REQUEST_TIMEOUT, LONGEST_TIMER_MS),
    keepAliveMs: Math.min(env.GITOPS_STATUS_KEEP_ALIVE, LONGEST_TIMER_MS),
    maxHeaderBytes: env.GITOPS_STATUS_MAX_HEADER_SIZE,
    questionTimeoutMs: Math.min(env.GITOPS_STATUS_QUESTION_TIMEOUT, LONGEST_TIMER_MS),
    shutdownDelayMs: env.GITOPS_STATUS_SHUTDOWN_DELAY ?? 0,
  };
}
