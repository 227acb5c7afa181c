import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import type { Config } from '../config/config.ts';
import { parseSpan } from '../config/quantities.ts';
import { openDatabase, openExisting } from '../database.ts';
import { readRfc3339 } from '../domain/rfc3339.ts';
import { type Grant, grantErrors, TOKEN_SCOPES, type TokenScope, tokenState } from '../domain/token.ts';
import { newTokenText, sha256Of } from '../http/auth/token-text.ts';
import type { Store } from '../store/store.ts';
import type { StoredToken, TokenStore } from '../store/token-store.ts';
import { readSettings } from './settings.ts';
import { examples, UsageError } from './usage.ts';

interface CreateOptions {
  readonly scope: readonly TokenScope[];
  readonly repo?: readonly string[];
  readonly expires?: string;
  readonly declare?: true;
}

const SCOPES = TOKEN_SCOPES.join(', ');
const FIRST_TOKEN =
  'This is the first token: from now on the server asks for one, also on loopback. ' +
  'GITOPS_STATUS_ANONYMOUS says what needs none.\n';
const LIST_LIVE = `gitops-status-server token list --json | jq -r '.[] | select(.state == "live").name'`;

/** Makes, lists and revokes tokens, also while the server runs: it sees a change within a second. */
export function tokenCommand({ version }: { version: string }): Command {
  const token = new Command('token')
    .description('make, list and revoke the tokens that the server asks for')
    .addHelpText(
      'after',
      examples(['The options of "token create"', 'gitops-status-server token create --help']),
    );
  token
    .command('create <name>')
    .description('make a token and print it once: only its SHA-256 is stored')
    .requiredOption('--scope <scope>', `what it allows: ${SCOPES}; may be given several times`, collectScope)
    .option(
      '--repo <pattern>',
      "the repos that it may report about, such as 'team-a/*'; may be given several times",
      collect,
    )
    .option(
      '--expires <when>',
      'when it expires: after a span such as 90d, or at an instant such as 2027-01-31T00:00:00Z',
    )
    .option('--declare', 'store nothing: print an entry for GITOPS_STATUS_TOKENS_FILE on standard error')
    .addHelpText(
      'after',
      examples(
        [
          'For the pipelines of a team',
          "gitops-status-server token create ci --scope report --repo 'team-a/*'",
        ],
        [
          'For Grafana, for three months',
          'gitops-status-server token create grafana --scope read --expires 90d',
        ],
      ),
    )
    .action((name: string, options: CreateOptions) => create(name, options, version));
  token
    .command('list')
    .description('list the tokens in the database, revoked ones too')
    .option('--json', 'as JSON')
    .addHelpText('after', examples(['The names of all valid tokens', LIST_LIVE]))
    .action(({ json = false }: { json?: boolean }) => list(json, version));
  token
    .command('revoke <name>')
    .description('revoke a token permanently')
    .addHelpText(
      'after',
      examples(['Revoke a token that has leaked', 'gitops-status-server token revoke ci']),
    )
    .action((name: string) => revoke(name, version));
  return token;
}

async function create(name: string, options: CreateOptions, version: string): Promise<void> {
  const now = Date.now();
  const grant = { name, scopes: options.scope, repos: options.repo, expiresAt: expiryOf(options, now) };
  const errors = grantErrors(grant);
  if (errors.length > 0) throw new UsageError(`No token was made: ${errors.join('; ')}.`);
  const text = newTokenText();
  const sha256 = sha256Of(text);
  if (options.declare)
    process.stderr.write(
      `# Add this to the file that GITOPS_STATUS_TOKENS_FILE names.\n${entryOf(grant, sha256)}`,
    );
  else {
    // The first token is often made before the first start, so that nothing is ever open.
    const isFirst = await withTokens(openDatabase, version, async (tokens) => {
      const before = await tokens.list();
      await tokens.add({ ...grant, sha256, createdAt: now });
      return before.length === 0;
    });
    if (isFirst) process.stderr.write(FIRST_TOKEN);
    process.stderr.write(`This is the token ${name}. It is shown only once, and is valid within a second:\n`);
  }
  process.stdout.write(`${text}\n`);
}

function expiryOf({ expires }: CreateOptions, now: number): number | undefined {
  if (expires === undefined) return undefined;
  const span = parseSpan(expires);
  // A date alone means its beginning in UTC.
  const instant = /^\d{4}-\d\d-\d\d$/.test(expires) ? `${expires}T00:00:00Z` : expires;
  const expiresAt = span === undefined ? readRfc3339(instant) : now + span;
  if (typeof expiresAt === 'number' && expiresAt > now) return expiresAt;
  const fault = typeof expiresAt === 'number' ? 'it is not in the future' : expiresAt.fault;
  throw new UsageError(
    `No token was made: --expires ${expires} is neither a span from 1s to 10y, such as 90d, nor an ` +
      `instant in the future, such as 2027-01-31T00:00:00Z: ${fault}.`,
  );
}

/** As `readTokensFile` reads it. */
function entryOf({ name, scopes, repos, expiresAt }: Grant, sha256: string): string {
  const expires = expiresAt === undefined ? {} : { expires: new Date(expiresAt).toISOString() };
  return stringify([{ name, sha256, scope: scopes, ...(repos && { repos }), ...expires }]);
}

async function list(asJson: boolean, version: string): Promise<void> {
  const now = Date.now();
  const rows = (await withTokens(openExisting, version, (tokens) => tokens.list())).map((token) =>
    toRow(token, now),
  );
  const shown = asJson ? `${JSON.stringify(rows, null, 2)}\n` : formatTable(rows);
  process.stdout.write(shown);
}

async function revoke(name: string, version: string): Promise<void> {
  const wasRevoked = await withTokens(openExisting, version, (tokens) => tokens.revoke(name, Date.now()));
  if (!wasRevoked) throw new Error(`There is no token ${name} to revoke: see "token list".`);
  process.stderr.write(`The token ${name} stops working within a second.\n`);
}

async function withTokens<T>(
  open: (config: Config, version: string) => Promise<Store>,
  version: string,
  work: (tokens: TokenStore) => Promise<T>,
): Promise<T> {
  const store = await open(readSettings(), version);
  try {
    return await work(store.tokens);
  } finally {
    await store.close();
  }
}

function toRow(token: StoredToken, now: number) {
  const { name, scopes, repos, createdAt, expiresAt, lastUsedAt } = token;
  return {
    name,
    scopes,
    repos: repos ?? null,
    created_at: iso(createdAt),
    expires_at: iso(expiresAt),
    last_used_at: iso(lastUsedAt),
    state: tokenState(token, now),
  };
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

function formatTable(rows: readonly ReturnType<typeof toRow>[]): string {
  const header = ['NAME', 'SCOPES', 'REPOS', 'CREATED', 'EXPIRES', 'LAST USED', 'STATE'];
  const cells = rows.map((row) => [
    row.name,
    row.scopes.join(','),
    row.repos?.join(',') ?? (row.scopes.includes('report') ? '*' : '-'),
    row.created_at ?? '',
    row.expires_at ?? 'never',
    row.last_used_at ?? 'never',
    row.state,
  ]);
  const widths = header.map((_, i) => Math.max(...[header, ...cells].map((line) => line[i]?.length ?? 0)));
  return [header, ...cells]
    .map(
      (line) =>
        `${line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function collectScope(value: string, before: readonly TokenScope[] = []): readonly TokenScope[] {
  const scope = TOKEN_SCOPES.find((one) => one === value);
  if (scope === undefined) throw new InvalidArgumentError(`It must be one of ${SCOPES}.`);
  return before.includes(scope) ? before : [...before, scope];
}
