import type { Range } from '../domain/instant.ts';
import type { Target } from '../domain/target.ts';
import { type CheckError, checkErrors, type Repo } from './catalogue.ts';
import type { Random } from './random.ts';

/** How a target behaves. */
export type Role =
  | 'ordinary'
  /** For some days something on the host has rewritten a file again and again, and something else restores it. */
  | 'flapping'
  /** Its first report found drift, and nobody has repaired it since. */
  | 'neglected'
  /** Commits wait for hours until somebody applies them. */
  | 'lagging'
  /** Somebody edited a file a few hours ago. */
  | 'edited'
  /** Its check has failed for the last hour. */
  | 'failing'
  /** It has sent no report since the day before yesterday. */
  | 'silent';

/** A commit of a repo, and the files that it changes. */
export interface Commit {
  readonly id: string;
  readonly at: number;
  readonly files: readonly string[];
}

interface Deploy {
  readonly commit: Commit;
  /** When the commit was applied to the server. */
  readonly appliedAt: number;
}

interface HandEdit extends Range {
  readonly files: readonly string[];
}

interface Failure extends Range, CheckError {}

/** Everything that happens to one target, planned in advance. Lists are in order of time. */
export interface TargetPlan {
  readonly target: Target;
  readonly role: Role;
  readonly intervalS: number;
  readonly deploys: readonly Deploy[];
  readonly handEdits: readonly HandEdit[];
  readonly failures: readonly Failure[];
  readonly silences: readonly Range[];
}

/** The result of a check at an instant. No files: in sync. */
export type CheckOutcome =
  | { readonly kind: 'silent' }
  | { readonly kind: 'failed'; readonly commit: string | undefined; readonly failure: CheckError }
  | { readonly kind: 'checked'; readonly commit: string | undefined; readonly files: readonly string[] };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The commits of a repo over a span; the first one is at its start. */
export function planCommits(repo: Repo, span: Range, random: Random): Commit[] {
  const starts = [
    span.from,
    ...spells(span, { every: 2.5 * DAY, durationMs: 0 }, random).map(({ from }) => from),
  ];
  return starts.map((at) => ({ id: random.hex(40), at, files: someFiles(repo, random) }));
}

/** The plan of one target. The roles that describe the present count from `now`. */
export function planTarget(
  { target, role, repo, intervalS }: { target: Target; role: Role; repo: Repo; intervalS: number },
  { commits, span, now }: { commits: readonly Commit[]; span: Range; now: number },
  random: Random,
): TargetPlan {
  const deploys = planDeploys(commits, role === 'lagging' ? 14 * HOUR : 12 * MINUTE, random.fork());
  return {
    target,
    role,
    intervalS,
    deploys,
    handEdits: planHandEdits({ role, repo, deploys }, { span, now }, random.fork()),
    failures: planFailures({ role, server: target.server }, { span, now }, random.fork()),
    silences: planSilences(role, { span, now }, random.fork()),
  };
}

/** A check sees drift if the newest commit is not applied yet, or if somebody edited a file by hand. */
export function outcomeAt(plan: TargetPlan, at: number): CheckOutcome {
  if (plan.silences.some(isDuring(at))) return { kind: 'silent' };
  const commit = plan.deploys.findLast((deploy) => deploy.commit.at <= at)?.commit.id;
  const failure = plan.failures.find(isDuring(at));
  if (failure !== undefined) return { kind: 'failed', commit, failure };
  const pending = plan.deploys.filter((deploy) => deploy.commit.at <= at && at < deploy.appliedAt);
  const edited = plan.handEdits.filter(isDuring(at));
  const files = [
    ...pending.flatMap((deploy) => deploy.commit.files),
    ...edited.flatMap((edit) => edit.files),
  ];
  return { kind: 'checked', commit, files };
}

function planDeploys(commits: readonly Commit[], delayMs: number, random: Random): Deploy[] {
  const deploys: Deploy[] = commits.map((commit, i) => ({
    commit,
    appliedAt: i === 0 ? commit.at : commit.at + MINUTE + random.wait(delayMs),
  }));
  // Applying a commit applies all before it.
  return deploys.map(({ commit }, i) => ({
    commit,
    appliedAt: Math.min(...deploys.slice(i).map(({ appliedAt }) => appliedAt)),
  }));
}

function planHandEdits(
  { role, repo, deploys }: { role: Role; repo: Repo; deploys: readonly Deploy[] },
  { span, now }: { span: Range; now: number },
  random: Random,
): HandEdit[] {
  const [usual, odd] = [random.fork(), random.fork()];
  const editOf = (chance: Random) => (span: Range) => ({ ...span, files: someFiles(repo, chance) });
  if (role === 'neglected') return [editOf(odd)(forGood(span.from))];
  const edits = spells(span, { every: 6 * DAY, durationMs: 2 * HOUR }, usual)
    .map((edit) => endedByDeploy(edit, deploys))
    .map(editOf(usual));
  if (role === 'edited') return [...edits, editOf(odd)(forGood(now - 3 * HOUR))];
  if (role !== 'flapping') return edits;
  const lately = { ...span, from: Math.max(span.from, now - 4 * DAY) };
  return [...edits, ...spells(lately, { every: 50 * MINUTE, durationMs: 12 * MINUTE }, odd).map(editOf(odd))];
}

/** A deploy overwrites all files, edits by hand included. */
function endedByDeploy({ from, to }: Range, deploys: readonly Deploy[]): Range {
  const deploy = deploys.find(({ appliedAt }) => appliedAt > from);
  return { from, to: Math.min(to, deploy?.appliedAt ?? to) };
}

function forGood(from: number): Range {
  return { from, to: Number.POSITIVE_INFINITY };
}

function planFailures(
  { role, server }: { role: Role; server: string },
  { span, now }: { span: Range; now: number },
  random: Random,
): Failure[] {
  const errors = checkErrors(server);
  const failures = spells(span, { every: 8 * DAY, durationMs: 40 * MINUTE }, random).map((spell) => ({
    ...spell,
    ...random.pick(errors),
  }));
  if (role !== 'failing') return failures;
  const [unreachable] = errors;
  return [...failures, { ...forGood(now - HOUR), ...unreachable }];
}

function planSilences(role: Role, { span, now }: { span: Range; now: number }, random: Random): Range[] {
  const silences = spells(span, { every: 12 * DAY, durationMs: 3 * HOUR }, random);
  if (role !== 'silent') return silences;
  return [...silences, forGood(now - 1.5 * DAY)];
}

/** Spells that begin at random and do not overlap. Both means are in milliseconds. */
function spells(
  span: Range,
  { every, durationMs }: { every: number; durationMs: number },
  random: Random,
): Range[] {
  // Spells have a generator of their own: a longer span has more spells, and that must not change other draws.
  const chance = random.fork();
  const found: Range[] = [];
  for (let at = span.from + chance.wait(every); at < span.to; at += chance.wait(every)) {
    const from = Math.round(at);
    at += durationMs * 0.2 + chance.wait(durationMs * 0.8);
    found.push({ from, to: Math.round(at) });
  }
  return found;
}

function someFiles({ files }: Repo, random: Random): string[] {
  const count = random.pick([1, 1, 1, 2, 3]);
  return Array.from({ length: count }, () => random.pick(files));
}

function isDuring(at: number): (span: Range) => boolean {
  return ({ from, to }) => from <= at && at < to;
}
